package dev.ballast.loadbalancer.bfd;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.socket.Datagram;
import dev.ballast.linux.socket.DatagramSocket;
import dev.ballast.linux.socket.Endpoint;
import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.loop.Loop;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * The BFD sessions of a speaker on UDP (RFC 5881, 5883), on a loop of their own, so that nothing
 * else delays them. {@link #watch}, {@link Watch#close}, {@link #standings} and {@link #close} may
 * be called by any thread.
 */
public final class BfdPort implements AutoCloseable {
  private static final Logger LOG = System.getLogger(BfdPort.class.getName());
  private static final int SINGLE_HOP = 3784;
  private static final int MULTI_HOP = 4784;
  private static final int TIME_TO_LIVE = 255;
  private static final int FIRST_SOURCE_PORT = 49152;
  private static final int SOURCE_PORTS = 16384;
  private static final int MOST_AT_ONCE = 128;

  private final Loop loop;
  private final RandomGenerator random;
  private final Map<Integer, Session> byDiscriminator = new HashMap<>();
  private final Map<Port, DatagramSocket> ports = new HashMap<>();
  private final Map<String, Session> byName = new ConcurrentHashMap<>();

  private record Port(int number, Family family) {}

  /** A peer that is watched. */
  public interface Watch {
    /** Watches it no longer, and tells it so. */
    void close();
  }

  /**
   * Both ends of a session.
   *
   * @param local the address that packets come from; 0.0.0.0 or :: for what the kernel chooses
   * @param link the index of the interface of link-local addresses, else 0
   */
  public record Ends(Address local, Address remote, int link) {}

  private final class Session implements Watch {
    private final String name;
    private final BfdSettings settings;
    private final Ends ends;
    private final int discriminator;
    private final BfdChannel channel;
    private Optional<DatagramSocket> socket = Optional.empty();
    private boolean over;

    Session(String name, BfdSettings settings, Ends ends, Consumer<Diagnostic> gone, int number) {
      this.name = name;
      this.settings = settings;
      this.ends = ends;
      this.discriminator = number;
      this.channel =
          new BfdChannel(new BfdSession(settings, number), loop, random, this::send, gone);
    }

    private int port() {
      return settings.multihop() ? MULTI_HOP : SINGLE_HOP;
    }

    private void send(byte[] packet) {
      try {
        if (socket.isEmpty()) {
          socket = Optional.of(source());
        }
        boolean _ =
            socket
                .get()
                .send(packet, new Endpoint(ends.remote().inetAddress(), port(), ends.link()));
      } catch (LinuxException e) {
        // An ICMP error of an earlier packet, no route, an address that went: detection tells.
        if (e.call().equals("bind") || e.call().equals("socket")) {
          LOG.log(Level.WARNING, () -> "BFD of peer " + name + ": " + e.getMessage());
        }
      }
    }

    private DatagramSocket source() {
      LinuxException last = null;
      for (int attempt = 0; attempt < 100; attempt++) {
        int source = FIRST_SOURCE_PORT + random.nextInt(SOURCE_PORTS);
        try {
          return DatagramSocket.udp(
              new Endpoint(ends.local().inetAddress(), source, ends.link()),
              TIME_TO_LIVE,
              Optional.empty());
        } catch (LinuxException e) {
          last = e; // Somebody has that port.
        }
      }
      throw last == null ? new IllegalStateException("no attempt") : last;
    }

    @Override
    public void close() {
      loop.execute(this::end);
    }

    private void end() {
      if (!over) {
        over = true;
        channel.close();
        byDiscriminator.remove(discriminator);
        byName.remove(name, this);
        socket.ifPresent(DatagramSocket::close);
      }
    }
  }

  public BfdPort(Loop loop, RandomGenerator random) {
    this.loop = loop;
    this.random = random;
  }

  /**
   * Begins to watch a peer.
   *
   * @param gone called on the loop's thread each time that the peer, which was there, is gone; must
   *     not block
   */
  public Watch watch(String name, BfdSettings settings, Ends ends, Consumer<Diagnostic> gone) {
    Session[] made = {null};
    loop.execute(() -> {
      int number;
      do {
        number = random.nextInt();
      } while (number == 0 || byDiscriminator.containsKey(number));
      Session session = new Session(name, settings, ends, gone, number);
      made[0] = session;
      byDiscriminator.put(number, session);
      byName.put(name, session);
      open(new Port(session.port(), ends.local().family()));
      session.channel.start();
    });
    return () ->
        loop.execute(() -> {
          Session session = made[0];
          if (session != null) {
            session.end();
          }
        });
  }

  private void open(Port port) {
    if (ports.containsKey(port)) {
      return;
    }
    Address any = port.family == Family.IPV4 ? Address.ofIpv4(0) : new Address(Family.IPV6, 0, 0);
    try {
      DatagramSocket socket =
          DatagramSocket.udp(
              new Endpoint(any.inetAddress(), port.number), TIME_TO_LIVE, Optional.empty());
      ports.put(port, socket);
      loop.watch(socket.fd(), true, false, (_, _) -> receive(port, socket));
    } catch (LinuxException e) {
      LOG.log(
          Level.ERROR,
          () ->
              "cannot receive BFD at UDP port %d: %s; peers with a bfdProfile are not watched"
                  .formatted(port.number, e.getMessage()));
    }
  }

  private void receive(Port port, DatagramSocket socket) {
    for (int i = 0; i < MOST_AT_ONCE; i++) {
      Optional<Datagram> next;
      try {
        next = socket.receive();
      } catch (LinuxException e) {
        return;
      }
      if (next.isEmpty()) {
        return;
      }
      dispatch(port, next.get());
    }
  }

  private void dispatch(Port port, Datagram datagram) {
    Optional<BfdPacket> packet = BfdPacket.decode(datagram.bytes());
    if (packet.isEmpty()) {
      return;
    }
    Address from = Address.of(datagram.from().address());
    Session session = find(port, packet.get(), datagram, from);
    if (session == null || session.port() != port.number) {
      return;
    }
    boolean near =
        datagram.timeToLive()
            >= (session.settings.multihop() ? session.settings.smallestTimeToLive() : TIME_TO_LIVE);
    if (near && session.ends.remote().equals(from)) {
      session.channel.received(packet.get());
    } else {
      session.channel.dropped();
    }
  }

  private @org.jspecify.annotations.Nullable Session find(
      Port port, BfdPacket packet, Datagram datagram, Address from) {
    if (packet.yours() != 0) {
      return byDiscriminator.get(packet.yours());
    }
    Address to = Address.of(datagram.to());
    for (Session session : byDiscriminator.values()) {
      boolean sameLink = session.ends.link() == 0 || session.ends.link() == datagram.link();
      Address local = session.ends.local();
      boolean any = local.high() == 0 && local.low() == 0;
      boolean sameLocal = !session.settings.multihop() || any || local.equals(to);
      if (session.port() == port.number
          && session.ends.remote().equals(from)
          && sameLink
          && sameLocal) {
        return session;
      }
    }
    return null;
  }

  /** Returns how each session is, by the name of its peer. */
  public Map<String, BfdStanding> standings() {
    Map<String, BfdStanding> all = new TreeMap<>();
    byName.forEach((name, session) -> all.put(name, session.channel.standing()));
    return all;
  }

  /** Ends all sessions; to be followed by the end of the loop. */
  @Override
  public void close() {
    loop.execute(() -> {
      java.util.List.copyOf(byDiscriminator.values()).forEach(Session::end);
      ports
          .values()
          .forEach(socket -> {
            loop.forget(socket.fd());
            socket.close();
          });
      ports.clear();
    });
  }
}
