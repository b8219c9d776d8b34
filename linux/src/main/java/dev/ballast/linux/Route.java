package dev.ballast.linux;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Links, addresses, routes and neighbours of one network namespace, rtnetlink(7). The namespace is
 * that of the thread which opened it; afterwards any one thread at a time may use it.
 */
public final class Route implements AutoCloseable {
  /** A network interface. */
  public record Link(
      int index,
      String name,
      Mac address,
      int mtu,
      boolean up,
      boolean arp,
      Optional<Integer> master) {}

  /** An address on an interface. */
  public record Address(int link, InetAddress address, int prefix) {}

  /** An entry of the neighbour table. */
  public record Neighbour(int link, InetAddress address, Optional<Mac> mac, int state) {}

  private static final int REQUEST = 1;
  private static final int ACK = 4;
  private static final int DUMP = 0x300;
  private static final int CREATE = 0x400;
  private static final int EXCLUSIVE = 0x200;
  private static final int REPLACE = 0x100;

  private static final int NEWLINK = 16;
  private static final int DELLINK = 17;
  private static final int GETLINK = 18;
  private static final int NEWADDR = 20;
  private static final int DELADDR = 21;
  private static final int GETADDR = 22;
  private static final int NEWROUTE = 24;
  private static final int DELROUTE = 25;
  private static final int NEWNEIGH = 28;
  private static final int DELNEIGH = 29;
  private static final int GETNEIGH = 30;

  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_MASTER = 10;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_NET_NS_FD = 28;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_INFO_DATA = 2;
  private static final int VETH_INFO_PEER = 1;

  private static final int IFF_UP = 1;
  private static final int IFF_NOARP = 0x80;

  private static final int RT_TABLE_MAIN = 254;
  private static final int RT_TABLE_LOCAL = 255;
  private static final int RTN_UNICAST = 1;
  private static final int RTN_LOCAL = 2;
  private static final int RTPROT_STATIC = 4;
  private static final int SCOPE_UNIVERSE = 0;
  private static final int SCOPE_HOST = 254;

  private final NetlinkSocket socket;

  private Route(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Opens the namespace of the calling thread. */
  public static Route open() throws IOException {
    return new Route(NetlinkSocket.open(0));
  }

  /** All interfaces. */
  public List<Link> links() throws IOException {
    List<Link> links = new ArrayList<>();
    for (Message.Received part :
        socket.dump("dump of links", () -> link(GETLINK, REQUEST | DUMP, 0, 0, 0))) {
      if (part.type() == NEWLINK) {
        links.add(decodeLink(part.payload()));
      }
    }
    return links;
  }

  /** The interface of this name. */
  public Optional<Link> find(String name) throws IOException {
    return links().stream().filter(link -> link.name().equals(name)).findFirst();
  }

  /** The interface of this name, which must exist. */
  public Link get(String name) throws IOException {
    return find(name).orElseThrow(() -> new LinuxException("link " + name, Errno.ENODEV));
  }

  static Link decodeLink(ByteBuffer payload) throws IOException {
    Map<Integer, ByteBuffer> attributes = Message.attributes(payload, 16);
    int flags = payload.getInt(8);
    ByteBuffer address = attributes.get(IFLA_ADDRESS);
    ByteBuffer mtu = attributes.get(IFLA_MTU);
    ByteBuffer master = attributes.get(IFLA_MASTER);
    ByteBuffer name = attributes.get(IFLA_IFNAME);
    return new Link(
        payload.getInt(4),
        name == null ? "" : Message.text(name),
        address != null && address.limit() == 6 ? Mac.of(Message.bytes(address)) : Mac.ZERO,
        mtu == null ? 0 : mtu.getInt(0),
        (flags & IFF_UP) != 0,
        (flags & IFF_NOARP) == 0,
        master == null ? Optional.empty() : Optional.of(master.getInt(0)));
  }

  /**
   * Makes a pair of connected interfaces, veth(4): {@code name} here, {@code peer} in the network
   * namespace of {@code peerNamespace}.
   */
  public void addVeth(String name, String peer, Path peerNamespace) throws IOException {
    try (FileDescriptor namespace = FileDescriptor.open(peerNamespace.toString())) {
      Message.Writer message = link(NEWLINK, REQUEST | ACK | CREATE | EXCLUSIVE, 0, 0, 0);
      message.attribute(IFLA_IFNAME, name);
      message.nested(
          IFLA_LINKINFO,
          () -> {
            message.attribute(IFLA_INFO_KIND, "veth");
            message.nested(
                IFLA_INFO_DATA,
                () ->
                    message.nested(
                        VETH_INFO_PEER,
                        () -> {
                          message.u8(0).u8(0).u16(0).u32(0).u32(0).u32(0);
                          message.attribute(IFLA_IFNAME, peer);
                          message.attribute(IFLA_NET_NS_FD, namespace.number());
                        }));
          });
      socket.request("create veth " + name, message);
    }
  }

  /** Makes a bridge. */
  public void addBridge(String name) throws IOException {
    Message.Writer message = link(NEWLINK, REQUEST | ACK | CREATE | EXCLUSIVE, 0, 0, 0);
    message.attribute(IFLA_IFNAME, name);
    message.nested(IFLA_LINKINFO, () -> message.attribute(IFLA_INFO_KIND, "bridge"));
    socket.request("create bridge " + name, message);
  }

  /** Deletes an interface; the other end of a pair goes with it. */
  public void deleteLink(String name) throws IOException {
    socket.request("delete link " + name, link(DELLINK, REQUEST | ACK, get(name).index(), 0, 0));
  }

  /** Takes an interface up. */
  public void up(String name) throws IOException {
    socket.request(
        "set " + name + " up", link(NEWLINK, REQUEST | ACK, get(name).index(), IFF_UP, IFF_UP));
  }

  /** Takes an interface down. */
  public void down(String name) throws IOException {
    socket.request(
        "set " + name + " down", link(NEWLINK, REQUEST | ACK, get(name).index(), 0, IFF_UP));
  }

  /** Makes an interface a port of a bridge. */
  public void master(String name, String bridge) throws IOException {
    socket.request(
        "put " + name + " into " + bridge,
        link(NEWLINK, REQUEST | ACK, get(name).index(), 0, 0)
            .attribute(IFLA_MASTER, get(bridge).index()));
  }

  /** Gives an interface an Ethernet address. */
  public void mac(String name, Mac mac) throws IOException {
    socket.request(
        "set address of " + name,
        link(NEWLINK, REQUEST | ACK, get(name).index(), 0, 0).attribute(IFLA_ADDRESS, mac.bytes()));
  }

  /** Addresses of both families. */
  public List<Address> addresses() throws IOException {
    List<Address> addresses = new ArrayList<>();
    for (Message.Received part :
        socket.dump(
            "dump of addresses",
            () -> message(GETADDR, REQUEST | DUMP).u8(0).u8(0).u8(0).u8(0).u32(0))) {
      if (part.type() == NEWADDR) {
        Map<Integer, ByteBuffer> attributes = Message.attributes(part.payload(), 8);
        ByteBuffer address = attributes.getOrDefault(2, attributes.get(1));
        if (address != null) {
          addresses.add(
              new Address(
                  part.payload().getInt(4),
                  InetAddress.getByAddress(Message.bytes(address)),
                  Byte.toUnsignedInt(part.payload().get(1))));
        }
      }
    }
    return addresses;
  }

  /** Adds an address to an interface. */
  public void addAddress(String link, InetAddress address, int prefix) throws IOException {
    socket.request(
        "add " + address.getHostAddress() + "/" + prefix + " to " + link,
        addressMessage(NEWADDR, REQUEST | ACK | CREATE | EXCLUSIVE, link, address, prefix));
  }

  /** Takes an address away. */
  public void deleteAddress(String link, InetAddress address, int prefix) throws IOException {
    socket.request(
        "delete " + address.getHostAddress() + "/" + prefix + " from " + link,
        addressMessage(DELADDR, REQUEST | ACK, link, address, prefix));
  }

  /** Adds a route to a prefix by a gateway. */
  public void addRoute(InetAddress destination, int prefix, InetAddress gateway)
      throws IOException {
    Message.Writer message =
        routeMessage(
            NEWROUTE,
            REQUEST | ACK | CREATE | EXCLUSIVE,
            destination,
            prefix,
            RT_TABLE_MAIN,
            RTN_UNICAST,
            SCOPE_UNIVERSE);
    if (prefix > 0) {
      message.attribute(1, destination.getAddress());
    }
    message.attribute(5, gateway.getAddress());
    socket.request(
        "add route "
            + destination.getHostAddress()
            + "/"
            + prefix
            + " via "
            + gateway.getHostAddress(),
        message);
  }

  /** Makes this host accept packets to an address that none of its interfaces has. */
  public void addLocal(InetAddress address, String link) throws IOException {
    socket.request(
        "accept " + address.getHostAddress(),
        routeMessage(
                NEWROUTE,
                REQUEST | ACK | CREATE | REPLACE,
                address,
                8 * address.getAddress().length,
                RT_TABLE_LOCAL,
                RTN_LOCAL,
                SCOPE_HOST)
            .attribute(1, address.getAddress())
            .attribute(4, get(link).index()));
  }

  /** The opposite of {@link #addLocal}. */
  public void deleteLocal(InetAddress address, String link) throws IOException {
    socket.request(
        "no longer accept " + address.getHostAddress(),
        routeMessage(
                DELROUTE,
                REQUEST | ACK,
                address,
                8 * address.getAddress().length,
                RT_TABLE_LOCAL,
                RTN_LOCAL,
                SCOPE_HOST)
            .attribute(1, address.getAddress())
            .attribute(4, get(link).index()));
  }

  /** The neighbour tables of both families. */
  public List<Neighbour> neighbours() throws IOException {
    List<Neighbour> neighbours = new ArrayList<>();
    for (Message.Received part :
        socket.dump(
            "dump of neighbours",
            () -> message(GETNEIGH, REQUEST | DUMP).u8(0).u8(0).u16(0).u32(0).u16(0).u8(0).u8(0))) {
      if (part.type() == NEWNEIGH) {
        Map<Integer, ByteBuffer> attributes = Message.attributes(part.payload(), 12);
        ByteBuffer address = attributes.get(1);
        ByteBuffer mac = attributes.get(2);
        if (address != null && (address.limit() == 4 || address.limit() == 16)) {
          neighbours.add(
              new Neighbour(
                  part.payload().getInt(4),
                  InetAddress.getByAddress(Message.bytes(address)),
                  mac != null && mac.limit() == 6
                      ? Optional.of(Mac.of(Message.bytes(mac)))
                      : Optional.empty(),
                  Short.toUnsignedInt(part.payload().getShort(8))));
        }
      }
    }
    return neighbours;
  }

  /** Forgets a neighbour. */
  public void deleteNeighbour(int link, InetAddress address) throws IOException {
    socket.request(
        "forget neighbour " + address.getHostAddress(),
        message(DELNEIGH, REQUEST | ACK)
            .u8(family(address))
            .u8(0)
            .u16(0)
            .u32(link)
            .u16(0)
            .u8(0)
            .u8(0)
            .attribute(1, address.getAddress()));
  }

  private Message.Writer addressMessage(
      int type, int flags, String link, InetAddress address, int prefix) throws IOException {
    return message(type, flags)
        .u8(family(address))
        .u8(prefix)
        .u8(0)
        .u8(SCOPE_UNIVERSE)
        .u32(get(link).index())
        .attribute(2, address.getAddress())
        .attribute(1, address.getAddress());
  }

  private static Message.Writer routeMessage(
      int type, int flags, InetAddress address, int prefix, int table, int kind, int scope) {
    return message(type, flags)
        .u8(family(address))
        .u8(prefix)
        .u8(0)
        .u8(0)
        .u8(table)
        .u8(RTPROT_STATIC)
        .u8(scope)
        .u8(kind)
        .u32(0);
  }

  private static Message.Writer link(int type, int flags, int index, int set, int change) {
    return message(type, flags).u8(0).u8(0).u16(0).u32(index).u32(set).u32(change);
  }

  private static Message.Writer message(int type, int flags) {
    return new Message.Writer(type, flags);
  }

  private static int family(InetAddress address) {
    return address.getAddress().length == 4 ? 2 : 10;
  }

  @Override
  public void close() {
    socket.close();
  }
}
