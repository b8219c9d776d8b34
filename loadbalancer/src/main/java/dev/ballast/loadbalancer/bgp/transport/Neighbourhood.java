package dev.ballast.loadbalancer.bgp.transport;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.netlink.Link;
import dev.ballast.linux.netlink.RouteSocket;
import dev.ballast.linux.socket.Datagram;
import dev.ballast.linux.socket.DatagramSocket;
import dev.ballast.linux.socket.Endpoint;
import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.loop.Loop;
import dev.ballast.loadbalancer.loop.Timers;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/**
 * One interface with an unnumbered peer behind it: sends router advertisements (RFC 4861), of a
 * router that nobody shall use as a default one, and learns the peer's address from its own.
 */
final class Neighbourhood {
  private static final int ROUTER_SOLICITATION = 133;
  private static final int ROUTER_ADVERTISEMENT = 134;
  private static final int SOURCE_LINK_ADDRESS = 1;
  private static final int HOP_LIMIT = 255;
  private static final int IPV6_LINK_LOCAL = 0xfe80;
  private static final int MOST_AT_ONCE = 64;

  /** The peer may have missed the first ones, or not be there yet. */
  private static final int OFTEN = 10;

  private static final Duration FIRST_INTERVAL = Duration.ofSeconds(1);
  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final InetAddress ALL_NODES = group(1);
  private static final InetAddress ALL_ROUTERS = group(2);

  private final Loop loop;
  private final String name;
  private final Runnable appeared;
  private Optional<DatagramSocket> socket = Optional.empty();
  private int link;
  private byte[] mac = new byte[0];
  private Optional<Address> peer = Optional.empty();
  private Optional<Timers.Cancellation> timer = Optional.empty();
  private int sent;
  private boolean closed;

  Neighbourhood(Loop loop, String name, Runnable appeared) {
    this.loop = loop;
    this.name = name;
    this.appeared = appeared;
    tick();
  }

  private static InetAddress group(int number) {
    return new Address(dev.ballast.loadbalancer.address.Family.IPV6, 0xff02L << 48, number)
        .inetAddress();
  }

  /** Returns where the peer is, once it has told. */
  Optional<Endpoint> peer(int port) {
    return peer.map(address -> new Endpoint(address.inetAddress(), port, link));
  }

  /** The interface may come later, go, and come back with another index. */
  private void tick() {
    if (closed) {
      return;
    }
    try {
      open();
      advertise();
    } catch (LinuxException e) {
      shut();
    }
    sent++;
    timer = Optional.of(loop.after(sent < OFTEN ? FIRST_INTERVAL : INTERVAL, this::tick));
  }

  private void open() {
    Optional<Link> found;
    try (RouteSocket state = RouteSocket.open()) {
      found = state.links().stream().filter(one -> one.name().equals(name)).findFirst();
    }
    if (found.isEmpty() || found.get().index() != link) {
      shut();
    }
    if (found.isEmpty() || socket.isPresent()) {
      return;
    }
    link = found.get().index();
    mac = found.get().mac().map(address -> address.bytes()).orElse(new byte[0]);
    DatagramSocket opened =
        DatagramSocket.icmp6(name, link, ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT);
    try {
      opened.join(ALL_ROUTERS, link);
    } catch (LinuxException e) {
      opened.close();
      throw e;
    }
    socket = Optional.of(opened);
    sent = 0;
    loop.watch(opened.fd(), true, false, (_, _) -> receive(opened));
  }

  private void advertise() {
    boolean hasMac = mac.length == 6;
    ByteBuffer message = ByteBuffer.allocate(hasMac ? 24 : 16);
    message.put((byte) ROUTER_ADVERTISEMENT).put((byte) 0).putShort((short) 0);
    // Hop limit unsaid, no flags, lifetime 0: it is no default router.
    message.put((byte) 0).put((byte) 0).putShort((short) 0).putInt(0).putInt(0);
    if (hasMac) {
      message.put((byte) SOURCE_LINK_ADDRESS).put((byte) 1).put(mac);
    }
    socket.ifPresent(s -> {
      boolean _ = s.send(message.array(), new Endpoint(ALL_NODES, 0, link));
    });
  }

  private void receive(DatagramSocket from) {
    for (int i = 0; i < MOST_AT_ONCE; i++) {
      Optional<Datagram> next;
      try {
        next = from.receive();
      } catch (LinuxException e) {
        shut();
        return;
      }
      if (next.isEmpty()) {
        return;
      }
      Datagram datagram = next.get();
      // 255 cannot come from beyond the link.
      if (datagram.timeToLive() == HOP_LIMIT && datagram.bytes().length >= 8) {
        heard(datagram);
      }
    }
  }

  private void heard(Datagram datagram) {
    Address source = Address.of(datagram.from().address());
    if (datagram.bytes()[0] == (byte) ROUTER_SOLICITATION) {
      try {
        advertise();
      } catch (LinuxException e) {
        shut();
      }
      return;
    }
    boolean linkLocal = source.high() >>> 48 == IPV6_LINK_LOCAL;
    if (linkLocal && !peer.equals(Optional.of(source))) {
      peer = Optional.of(source);
      appeared.run();
    }
  }

  private void shut() {
    socket.ifPresent(s -> {
      loop.forget(s.fd());
      s.close();
    });
    socket = Optional.empty();
  }

  void close() {
    closed = true;
    timer.ifPresent(Timers.Cancellation::cancel);
    shut();
  }
}
