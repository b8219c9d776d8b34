package dev.ballast.loadbalancer.speaker;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.netlink.MacAddress;
import dev.ballast.linux.netlink.NetworkEvent;
import dev.ballast.linux.netlink.NetworkWatch;
import dev.ballast.linux.netlink.RouteSocket;
import dev.ballast.linux.packet.BpfProgram;
import dev.ballast.linux.packet.Packet;
import dev.ballast.linux.packet.PacketSocket;
import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.layer2.ArpPacket;
import dev.ballast.loadbalancer.layer2.Mac;
import java.io.IOException;
import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The network namespace of the thread that opened it. */
public final class LinuxNetwork implements Network {
  private static final int IFF_NOARP = 0x80;
  private static final int ETHERNET_HEADER = 14;

  private final NetworkWatch watch;
  private final RouteSocket state;

  private LinuxNetwork(NetworkWatch watch, RouteSocket state) {
    this.watch = watch;
    this.state = state;
  }

  public static LinuxNetwork open() throws IOException {
    return checked(() -> {
      NetworkWatch watch = NetworkWatch.open();
      try {
        return new LinuxNetwork(watch, RouteSocket.open());
      } catch (RuntimeException e) {
        watch.close();
        throw e;
      }
    });
  }

  @Override
  public synchronized List<Link> links() throws IOException {
    return checked(() ->
        state.links().stream()
            .filter(link -> link.mac().isPresent())
            .map(LinuxNetwork::link)
            .toList());
  }

  private static Link link(dev.ballast.linux.netlink.Link link) {
    return new Link(
        link.index(),
        link.name(),
        Mac.of(link.mac().orElseThrow().bytes()),
        link.up(),
        (link.flags() & IFF_NOARP) == 0,
        link.master() != 0);
  }

  @Override
  public boolean awaitChange(Duration timeout) throws IOException {
    return checked(() -> watch.next(timeout).stream().anyMatch(LinuxNetwork::concernsLinks));
  }

  private static boolean concernsLinks(NetworkEvent event) {
    return switch (event) {
      case NetworkEvent.Resync _, NetworkEvent.LinkChanged _, NetworkEvent.LinkGone _ -> true;
      case NetworkEvent.AddressChanged _,
          NetworkEvent.AddressGone _,
          NetworkEvent.RouteChanged _,
          NetworkEvent.RouteGone _,
          NetworkEvent.NeighbourChanged _,
          NetworkEvent.NeighbourGone _ ->
          false;
    };
  }

  @Override
  public ArpSocket open(Link link) throws IOException {
    PacketSocket socket =
        checked(() -> PacketSocket.open(link.index(), PacketSocket.ARP, BpfProgram.nothing()));
    return new Arp(socket, link.mac());
  }

  @Override
  public void close() {
    watch.close();
    state.close();
  }

  /** Below IP, without the Ethernet header: the kernel writes it and tells what it said. */
  private record Arp(PacketSocket socket, Mac own) implements ArpSocket {
    @Override
    public void listenFor(Set<Address> addresses) throws IOException {
      Set<Inet4Address> targets =
          addresses.stream()
              .filter(address -> address.family() == Family.IPV4)
              .map(address -> (Inet4Address) address.inetAddress())
              .collect(Collectors.toSet());
      checked(() -> {
        socket.filter(BpfProgram.arpAbout(targets));
        return targets;
      });
    }

    @Override
    public Optional<byte[]> receive(Duration timeout) throws IOException {
      return checked(() -> socket.receive(timeout).map(this::withHeader));
    }

    private byte[] withHeader(Packet packet) {
      Mac destination =
          switch (packet.direction()) {
            case 0 -> own;
            case 1 -> Mac.BROADCAST;
            default -> Mac.ZERO;
          };
      return ByteBuffer.allocate(ETHERNET_HEADER + packet.bytes().length)
          .put(destination.bytes())
          .put(packet.source().bytes())
          .putShort((short) ArpPacket.ETHER_TYPE)
          .put(packet.bytes())
          .array();
    }

    @Override
    public void send(byte[] frame) throws IOException {
      checked(() -> {
        socket.send(
            Arrays.copyOfRange(frame, ETHERNET_HEADER, frame.length),
            MacAddress.of(Arrays.copyOf(frame, 6)));
        return frame;
      });
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  /** What a person may have to mend comes as a checked exception to those above. */
  private static <T> T checked(Supplier<T> call) throws IOException {
    try {
      return call.get();
    } catch (LinuxException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
