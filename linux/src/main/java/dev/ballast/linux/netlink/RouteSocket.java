package dev.ballast.linux.netlink;

import dev.ballast.linux.Errno;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.namespace.Namespace;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Asks and changes the network of one network namespace: the one that the opening thread is in.
 * From then on any thread may use it, one at a time; the socket stays in its namespace.
 *
 * <p>Changes throw {@link LinuxException} with the kernel's own words where it gives them. They
 * need {@code CAP_NET_ADMIN} in the namespace.
 */
public final class RouteSocket implements AutoCloseable {
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);

  /** The answers to one request wait here; the kernel pauses a dump that is not read. */
  private static final int BUFFER_BYTES = 1 << 18;

  /** A dump that changes under the reader is asked for again this often. */
  private static final int DUMP_ATTEMPTS = 10;

  private final NetlinkSocket socket;
  private int sequence;

  private RouteSocket(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Opens in the calling thread's network namespace. */
  public static RouteSocket open() {
    return new RouteSocket(NetlinkSocket.open(0, BUFFER_BYTES));
  }

  /** All interfaces. */
  public List<Link> links() {
    return dump(
        Request.of("link dump", Link.GET, Message.F_DUMP).header(b -> b.put(new byte[16])),
        Link.NEW,
        Link::decode);
  }

  /** One interface by name. */
  public Optional<Link> link(String name) {
    return links().stream().filter(l -> l.name().equals(name)).findFirst();
  }

  /** One interface that must be there. */
  public Link requireLink(String name) {
    return link(name)
        .orElseThrow(() ->
            new LinuxException(
                "link get", Errno.of(Errno.ENODEV), List.of(name), "no such interface here"));
  }

  public List<InterfaceAddress> addresses() {
    return dump(
        Request.of("address dump", InterfaceAddress.GET, Message.F_DUMP)
            .header(b -> b.put(new byte[InterfaceAddress.HEADER])),
        InterfaceAddress.NEW,
        InterfaceAddress::decode);
  }

  /** Routes of all tables and both families. */
  public List<Route> routes() {
    return dump(
        Request.of("route dump", Route.GET, Message.F_DUMP)
            .header(b -> b.put(new byte[Route.HEADER])),
        Route.NEW,
        Route::decode);
  }

  public List<Neighbour> neighbours() {
    return dump(
        Request.of("neighbour dump", Neighbour.GET, Message.F_DUMP)
            .header(b -> b.put(new byte[Neighbour.HEADER])),
        Neighbour.NEW,
        Neighbour::decode);
  }

  /** Makes two ends of a cable, both here. */
  public void addVeth(String name, String peer) {
    change(veth(name, peer, -1), name, "peer=" + peer);
  }

  /** Makes two ends of a cable, the other in another network namespace. */
  public void addVeth(String name, String peer, Namespace peerNetwork) {
    peerNetwork.withDescriptor(
        number -> change(veth(name, peer, number), name, "peer=" + peer, peerNetwork));
  }

  private static Request veth(String name, String peer, int network) {
    return newLink("link add veth", name)
        .nested(
            Link.LINKINFO,
            info ->
                info.attribute(Link.INFO_KIND, "veth")
                    .nested(
                        Link.INFO_DATA,
                        data ->
                            data.nested(
                                Link.VETH_INFO_PEER,
                                other -> {
                                  other
                                      .header(b -> b.put(new byte[Link.HEADER]))
                                      .attribute(Link.IFNAME, checkedName(peer));
                                  if (network >= 0) {
                                    other.attribute(Link.NET_NS_FD, network);
                                  }
                                })));
  }

  public void addBridge(String name) {
    change(
        newLink("link add bridge", name)
            .nested(Link.LINKINFO, info -> info.attribute(Link.INFO_KIND, "bridge")),
        name);
  }

  private static Request newLink(String what, String name) {
    return Request.of(what, Link.NEW, Message.F_CREATE | Message.F_EXCLUSIVE)
        .header(b -> b.put(new byte[Link.HEADER]))
        .attribute(Link.IFNAME, checkedName(name));
  }

  // The kernel's own rule, told before it answers EINVAL without a word.
  private static String checkedName(String name) {
    if (!name.matches("[^\\s/:]{1,15}") || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException(
          "not a name of an interface (1 to 15 bytes, no space, / or :): " + name);
    }
    return name;
  }

  public void setUp(int link) {
    change(setLink("link set up", link, Link.IFF_UP, Link.IFF_UP), "link=" + link);
  }

  public void setDown(int link) {
    change(setLink("link set down", link, 0, Link.IFF_UP), "link=" + link);
  }

  /** Makes a link a port of a bridge; master 0 takes it out. */
  public void setMaster(int link, int master) {
    change(
        setLink("link set master", link, 0, 0).attribute(Link.MASTER, master),
        "link=" + link,
        "master=" + master);
  }

  public void setMtu(int link, int bytes) {
    change(
        setLink("link set mtu", link, 0, 0).attribute(Link.MTU, bytes),
        "link=" + link,
        "mtu=" + bytes);
  }

  public void setMac(int link, MacAddress mac) {
    change(
        setLink("link set address", link, 0, 0).attribute(Link.ADDRESS, mac.bytes()),
        "link=" + link,
        mac);
  }

  /** Renames a link; most kernels want it down. */
  public void rename(int link, String name) {
    change(
        setLink("link set name", link, 0, 0).attribute(Link.IFNAME, checkedName(name)),
        "link=" + link,
        name);
  }

  /** Moves a link to another network namespace; it loses its addresses and goes down. */
  public void move(int link, Namespace network) {
    network.withDescriptor(number ->
        change(
            setLink("link set netns", link, 0, 0).attribute(Link.NET_NS_FD, number),
            "link=" + link,
            network));
  }

  /** Deletes a link; of a veth, both ends. */
  public void deleteLink(int link) {
    change(
        Request.of("link delete", Link.DELETE, 0).header(b -> linkHeader(b, link, 0, 0)),
        "link=" + link);
  }

  private static Request setLink(String what, int link, int flags, int mask) {
    return Request.of(what, Link.SET, 0).header(b -> linkHeader(b, link, flags, mask));
  }

  private static void linkHeader(ByteBuffer bytes, int link, int flags, int mask) {
    bytes.putInt(0).putInt(link).putInt(flags).putInt(mask);
  }

  /** Adds an address; an IPv6 one is usable at once, without duplicate detection. */
  public void add(InterfaceAddress address) {
    Request request =
        address(
            "address add", InterfaceAddress.NEW, Message.F_CREATE | Message.F_EXCLUSIVE, address);
    if (Inet.family(address.address()) == Inet.AF_INET6) {
      request.attribute(InterfaceAddress.FLAGS, InterfaceAddress.NO_DUPLICATE_DETECTION);
    }
    change(request, address);
  }

  public void delete(InterfaceAddress address) {
    change(address("address delete", InterfaceAddress.DELETE, 0, address), address);
  }

  private static Request address(String what, int type, int flags, InterfaceAddress address) {
    byte[] bytes = address.address().getAddress();
    return Request.of(what, type, flags)
        .header(b ->
            b.put((byte) Inet.family(address.address()))
                .put((byte) address.prefix())
                .put((byte) 0)
                .put((byte) address.scope())
                .putInt(address.link()))
        .attribute(InterfaceAddress.LOCAL, bytes)
        .attribute(InterfaceAddress.ADDRESS, bytes);
  }

  public void add(Route route) {
    change(route("route add", Route.NEW, Message.F_CREATE | Message.F_EXCLUSIVE, route), route);
  }

  /** Adds a route or takes the place of the one with its destination and metric. */
  public void replace(Route route) {
    change(route("route replace", Route.NEW, Message.F_CREATE | Message.F_REPLACE, route), route);
  }

  public void delete(Route route) {
    change(route("route delete", Route.DELETE, 0, route), route);
  }

  private static Request route(String what, int type, int flags, Route route) {
    // Scope: a delete names none; a route without gateway leads to what is on the link.
    int scope = type == Route.DELETE ? 255 : onLink(route) ? 253 : 0;
    Request request =
        Request.of(what, type, flags)
            .header(b ->
                b.put((byte) Inet.family(route.destination()))
                    .put((byte) route.prefix())
                    .put((byte) 0)
                    .put((byte) 0)
                    .put((byte) (route.table() < 256 ? route.table() : 0))
                    .put((byte) route.protocol())
                    .put((byte) scope)
                    .put((byte) route.type())
                    .putInt(0))
            .attribute(Route.DESTINATION, route.destination().getAddress())
            .attribute(Route.TABLE, route.table());
    route
        .gateway()
        .map(InetAddress::getAddress)
        .ifPresent(g -> request.attribute(Route.GATEWAY, g));
    if (route.link() != 0) {
      request.attribute(Route.OUT_LINK, route.link());
    }
    if (route.metric() != 0) {
      request.attribute(Route.PRIORITY, route.metric());
    }
    return request;
  }

  private static boolean onLink(Route route) {
    return route.gateway().isEmpty()
        && route.type() == Route.UNICAST
        && Inet.family(route.destination()) == Inet.AF_INET;
  }

  /** Adds an entry or takes the place of the one with its address. */
  public void replace(Neighbour neighbour) {
    Request request =
        neighbour(
            "neighbour replace", Neighbour.NEW, Message.F_CREATE | Message.F_REPLACE, neighbour);
    neighbour.mac().ifPresent(mac -> request.attribute(Neighbour.LINK_ADDRESS, mac.bytes()));
    change(request, neighbour);
  }

  public void delete(Neighbour neighbour) {
    change(neighbour("neighbour delete", Neighbour.DELETE, 0, neighbour), neighbour);
  }

  private static Request neighbour(String what, int type, int flags, Neighbour neighbour) {
    return Request.of(what, type, flags)
        .header(b ->
            b.put((byte) Inet.family(neighbour.address()))
                .put(new byte[3])
                .putInt(neighbour.link())
                .putShort((short) neighbour.state())
                .put(new byte[2]))
        .attribute(Neighbour.DESTINATION, neighbour.address().getAddress());
  }

  private synchronized void change(Request request, Object... about) {
    int number = ++sequence;
    socket.send(request.encode(number, Message.F_ACK));
    while (true) {
      for (Message message : receive(request)) {
        if (message.sequence() == number && message.type() == Message.ERROR) {
          Acknowledgement.decode(message).check(request.name(), about);
          return;
        }
      }
    }
  }

  private synchronized <T> List<T> dump(Request request, int type, Function<Message, T> decode) {
    for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      List<T> found = new ArrayList<>();
      if (dumpOnce(request, type, decode, found)) {
        return found;
      }
    }
    throw new LinuxException(
        request.name(),
        Errno.of(Errno.EINTR),
        List.of("attempts=" + DUMP_ATTEMPTS),
        "the network changed during each dump");
  }

  /** False when the kernel says that the dump is not of one moment. */
  private <T> boolean dumpOnce(
      Request request, int type, Function<Message, T> decode, List<T> found) {
    int number = ++sequence;
    socket.send(request.encode(number, 0));
    boolean whole = true;
    while (true) {
      for (Message message : receive(request)) {
        if (message.sequence() != number) {
          continue; // The rest of a dump that was given up.
        }
        whole &= (message.flags() & Message.F_DUMP_INTERRUPTED) == 0;
        if (message.type() == Message.DONE || message.type() == Message.ERROR) {
          Acknowledgement.decode(message).check(request.name());
          return whole;
        }
        if (message.type() == type && message.isOfLinkOrInternet()) {
          found.add(decode.apply(message));
        }
      }
    }
  }

  private List<Message> receive(Request request) {
    return socket
        .receive(ANSWER_LIMIT)
        .orElseThrow(() ->
            new LinuxException(
                request.name(),
                Errno.of(110),
                List.of("limit=" + ANSWER_LIMIT),
                "the kernel did not answer"));
  }

  @Override
  public void close() {
    socket.close();
  }
}
