package dev.ballast.loadbalancer.bgp.transport;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.netlink.InterfaceAddress;
import dev.ballast.linux.netlink.RouteSocket;
import dev.ballast.linux.socket.Endpoint;
import dev.ballast.linux.socket.TcpSocket;
import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.bfd.BfdPort;
import dev.ballast.loadbalancer.loop.Loop;
import dev.ballast.loadbalancer.loop.Timers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** TCP of the network namespace that the loop's thread is in. */
public final class LinuxTransport implements Transport, AutoCloseable {
  private static final Duration DIAL_LIMIT = Duration.ofSeconds(10);
  private static final int SCOPE_GLOBAL = 0;

  /** More than any set of peers opens at once; what is beyond waits in the kernel. */
  private static final int MOST_ACCEPTED_AT_ONCE = 64;

  private final Loop loop;
  private final Greeter greeter;
  private final Map<Family, TcpSocket> listeners = new EnumMap<>(Family.class);
  private final Map<String, Neighbourhood> neighbourhoods = new HashMap<>();

  /** Decides what becomes of connections that peers open. */
  public interface Greeter {
    /**
     * A peer opened a connection.
     *
     * @param link the interface of a link-local address, else empty
     */
    void accepted(Address from, Optional<String> link, Arrival arrival);

    /** A peer behind an interface told its address. */
    void appeared(String link);
  }

  /** A connection that a peer opened, before it is known whose it is. */
  public interface Arrival {
    /** Takes it as that peer's. */
    Connection take(Route route);

    /** Sends a last message, if any, and closes it. */
    void refuse(byte[] message);
  }

  public LinuxTransport(Loop loop, Greeter greeter) {
    this.loop = loop;
    this.greeter = greeter;
  }

  /**
   * Accepts connections at a port of every address.
   *
   * @throws LinuxException when somebody else has the port
   */
  public void listen(int port) {
    for (Family family : Family.values()) {
      if (listeners.containsKey(family)) {
        continue;
      }
      Address any = family == Family.IPV4 ? Address.ofIpv4(0) : new Address(Family.IPV6, 0, 0);
      TcpSocket listener = TcpSocket.listen(new Endpoint(any.inetAddress(), port));
      listeners.put(family, listener);
      loop.watch(listener.fd(), true, false, (_, _) -> accept(listener));
    }
  }

  private void accept(TcpSocket listener) {
    for (int i = 0; i < MOST_ACCEPTED_AT_ONCE; i++) {
      Optional<TcpSocket> accepted;
      try {
        accepted = listener.accept();
      } catch (LinuxException e) {
        return; // Out of descriptors, say: the connection waits.
      }
      if (accepted.isEmpty()) {
        return;
      }
      TcpSocket socket = accepted.get();
      greeter.accepted(
          Address.of(socket.remote().address()),
          socket.remote().link() == 0 ? Optional.empty() : linkName(socket.remote().link()),
          new Arrived(socket));
    }
  }

  private final class Arrived implements Arrival {
    private final TcpSocket socket;

    Arrived(TcpSocket socket) {
      this.socket = socket;
    }

    @Override
    public Connection take(Route route) {
      if (route.smallestTimeToLive() > 0) {
        socket.smallestTimeToLive(route.smallestTimeToLive());
      }
      socket.timeToLive(Route.TIME_TO_LIVE);
      return connection(socket, route);
    }

    @Override
    public void refuse(byte[] message) {
      TcpConnection connection = new TcpConnection(loop, socket, Map.of());
      connection.send(message);
      connection.close();
    }
  }

  /** Lets only connections with this password come from an address; without one, any. */
  public void expect(Address peer, Optional<String> key) {
    TcpSocket listener = listeners.get(peer.family());
    if (listener != null) {
      listener.key(peer.inetAddress(), key.orElse(""));
    }
  }

  /** Begins to look for a peer behind an interface, and to tell it that we are there. */
  public void greet(String link) {
    neighbourhoods.computeIfAbsent(
        link, name -> new Neighbourhood(loop, name, () -> greeter.appeared(name)));
  }

  /** Ends that. */
  public void leave(String link) {
    Neighbourhood gone = neighbourhoods.remove(link);
    if (gone != null) {
      gone.close();
    }
  }

  @Override
  public Attempt dial(Route route, Dialer dialer) {
    try {
      return begin(route, dialer);
    } catch (LinuxException e) {
      Timers.Cancellation later = loop.after(Duration.ZERO, () -> dialer.failed(text(e, route)));
      return later::cancel;
    }
  }

  private Attempt begin(Route route, Dialer dialer) {
    Optional<Endpoint> to = endpoint(route);
    if (to.isEmpty()) {
      Timers.Cancellation later =
          loop.after(
              Duration.ZERO,
              () ->
                  dialer.failed(
                      "no router advertisement has come through "
                          + route.target()
                          + " yet: does the peer send them there?"));
      return later::cancel;
    }
    TcpSocket socket =
        TcpSocket.connect(
            to.get(),
            new TcpSocket.Options(
                route.source().map(Address::inetAddress),
                route.key(),
                Route.TIME_TO_LIVE,
                route.target() instanceof Target.Behind(String link)
                    ? Optional.of(link)
                    : Optional.empty()));
    if (route.smallestTimeToLive() > 0) {
      socket.smallestTimeToLive(route.smallestTimeToLive());
    }
    return new Dialing(socket, route, dialer);
  }

  private final class Dialing implements Attempt {
    private final TcpSocket socket;
    private final Route route;
    private final Dialer dialer;
    private final Timers.Cancellation limit;
    private boolean over;

    Dialing(TcpSocket socket, Route route, Dialer dialer) {
      this.socket = socket;
      this.route = route;
      this.dialer = dialer;
      limit = loop.after(DIAL_LIMIT, this::late);
      loop.watch(socket.fd(), false, true, (_, _) -> ready());
    }

    private void ready() {
      if (over) {
        return;
      }
      try {
        socket.connected();
      } catch (LinuxException e) {
        end();
        dialer.failed(text(e, route));
        return;
      }
      over = true;
      limit.cancel();
      dialer.opened(connection(socket, route));
    }

    private void late() {
      cancel();
      dialer.failed(
          "%s does not answer within %d s%s"
              .formatted(
                  socket.remote(),
                  DIAL_LIMIT.toSeconds(),
                  route.key().isPresent() ? "; does it have the same password?" : ""));
    }

    private void end() {
      over = true;
      limit.cancel();
      loop.forget(socket.fd());
      socket.close();
    }

    @Override
    public void cancel() {
      if (!over) {
        end();
      }
    }
  }

  /** Returns between which addresses BFD watches a peer, once it is known where it is. */
  public Optional<BfdPort.Ends> ends(Route route) {
    return endpoint(route)
        .map(to -> {
          Address remote = Address.of(to.address());
          Address any =
              remote.family() == Family.IPV4 ? Address.ofIpv4(0) : new Address(Family.IPV6, 0, 0);
          return new BfdPort.Ends(route.source().orElse(any), remote, to.link());
        });
  }

  private static String text(LinuxException e, Route route) {
    return "cannot connect to " + route + ": " + e.errno().text();
  }

  private Optional<Endpoint> endpoint(Route route) {
    return switch (route.target()) {
      case Target.At(Address address) ->
          Optional.of(new Endpoint(address.inetAddress(), route.port()));
      case Target.Behind(String link) -> {
        Neighbourhood neighbourhood = neighbourhoods.get(link);
        yield neighbourhood == null ? Optional.empty() : neighbourhood.peer(route.port());
      }
    };
  }

  /**
   * The next hops are looked up when the connection is there, since only then it has an address.
   */
  private Connection connection(TcpSocket socket, Route route) {
    Endpoint local = socket.local();
    Address own = Address.of(local.address());
    Map<Family, List<Address>> hops = new EnumMap<>(Family.class);
    hops.put(own.family(), List.of(own));
    try (RouteSocket state = RouteSocket.open()) {
      List<InterfaceAddress> all = state.addresses();
      OptionalInt link =
          local.link() != 0
              ? OptionalInt.of(local.link())
              : all.stream()
                  .filter(address -> address.address().equals(local.address()))
                  .mapToInt(InterfaceAddress::link)
                  .findFirst();
      if (link.isPresent()) {
        Family other = own.family().other();
        global(all, link.getAsInt(), other).ifPresent(hop -> hops.put(other, List.of(hop)));
        if (own.family() == Family.IPV6 && local.link() != 0) {
          global(all, link.getAsInt(), Family.IPV6)
              .ifPresent(hop -> hops.put(Family.IPV6, List.of(hop, own)));
        }
      }
    } catch (LinuxException e) {
      // Its own address is enough for its own family.
    }
    if (route.target() instanceof Target.Behind) {
      // The peer need not have an IPv4 address there: RFC 8950 carries IPv4 routes.
      hops.remove(Family.IPV4);
    }
    return new TcpConnection(loop, socket, hops);
  }

  private static Optional<Address> global(List<InterfaceAddress> all, int link, Family family) {
    return all.stream()
        .filter(address -> address.link() == link && address.scope() == SCOPE_GLOBAL)
        .map(address -> Address.of(address.address()))
        .filter(address -> address.family() == family)
        .findFirst();
  }

  /** Returns the first IPv4 address that others can reach. */
  public static Optional<Address> firstIpv4(List<InterfaceAddress> addresses) {
    return addresses.stream()
        .filter(address -> address.scope() == SCOPE_GLOBAL)
        .map(address -> Address.of(address.address()))
        .filter(address -> address.family() == Family.IPV4)
        .findFirst();
  }

  private static Optional<String> linkName(int index) {
    try (RouteSocket state = RouteSocket.open()) {
      return state.links().stream()
          .filter(link -> link.index() == index)
          .map(dev.ballast.linux.netlink.Link::name)
          .findFirst();
    }
  }

  @Override
  public void close() {
    List<TcpSocket> all = new ArrayList<>(listeners.values());
    listeners.clear();
    all.forEach(listener -> {
      loop.forget(listener.fd());
      listener.close();
    });
    Set<String> links = new HashSet<>(neighbourhoods.keySet());
    links.forEach(this::leave);
  }
}
