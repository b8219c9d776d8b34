package dev.ballast.loadbalancer.bgp.peering;

import dev.ballast.linux.LinuxException;
import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.bfd.BfdPort;
import dev.ballast.loadbalancer.bgp.message.Fault;
import dev.ballast.loadbalancer.bgp.message.Message;
import dev.ballast.loadbalancer.bgp.message.MessageEncoder;
import dev.ballast.loadbalancer.bgp.rib.RouteAttributes;
import dev.ballast.loadbalancer.bgp.transport.LinuxTransport;
import dev.ballast.loadbalancer.bgp.transport.Target;
import dev.ballast.loadbalancer.loop.Loop;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.random.RandomGenerator;

/**
 * All peers of one speaker, on one loop. {@link #all} may be called by any thread, the rest by the
 * loop's own.
 */
public final class Peers implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Peers.class.getName());
  private static final Duration LISTEN_AGAIN = Duration.ofSeconds(10);

  private final Loop loop;
  private final LinuxTransport transport;
  private final RandomGenerator random;
  private final Observer observer;
  private final Bfd bfd;
  private final Map<String, Entry> peers = new ConcurrentSkipListMap<>();
  private volatile Optional<String> notListening = Optional.empty();
  private boolean closed;

  private static final class Entry {
    private final Peering peering;
    private Optional<BfdPort.Ends> watched = Optional.empty();
    private Optional<Bfd.Watch> watch = Optional.empty();

    Entry(Peering peering) {
      this.peering = peering;
    }

    void unwatch() {
      watch.ifPresent(Bfd.Watch::close);
      watch = Optional.empty();
      watched = Optional.empty();
    }
  }

  public Peers(Loop loop, RandomGenerator random, Observer observer, Bfd bfd) {
    this.loop = loop;
    this.random = random;
    this.observer = observer;
    this.bfd = bfd;
    this.transport = new LinuxTransport(loop, new Greeting());
  }

  /** Accepts connections at a port, now or as soon as nobody else has it; 0 for never. */
  public void listen(int port) {
    if (port == 0 || closed) {
      return;
    }
    try {
      transport.listen(port);
      notListening = Optional.empty();
      peers.values().forEach(entry -> expect(entry.peering.settings(), true));
    } catch (LinuxException e) {
      String text =
          "cannot accept BGP connections at port %d: %s; sessions are opened from here only"
              .formatted(port, e.errno().text());
      if (notListening.isEmpty()) {
        LOG.log(Level.WARNING, text);
      }
      notListening = Optional.of(text);
      var _ = loop.after(LISTEN_AGAIN, () -> listen(port));
    }
  }

  /** Returns why peers cannot open connections to us, if so. */
  public Optional<String> notListening() {
    return notListening;
  }

  /**
   * Takes these peers from now on. Those whose settings changed get a new session, the others are
   * left alone.
   */
  public void configure(List<PeerSettings> wanted) {
    Map<String, PeerSettings> next = new java.util.TreeMap<>();
    wanted.forEach(settings -> next.put(settings.name(), settings));
    for (Map.Entry<String, Entry> each : List.copyOf(peers.entrySet())) {
      PeerSettings now = next.get(each.getKey());
      if (now == null) {
        remove(each.getKey(), Message.Notification.of(Fault.PEER_DECONFIGURED));
      } else if (!now.equals(each.getValue().peering.settings())) {
        remove(each.getKey(), Message.Notification.of(Fault.CONFIGURATION_CHANGE));
      }
    }
    next.forEach((name, settings) -> {
      if (!peers.containsKey(name)) {
        add(settings);
      }
    });
  }

  private void add(PeerSettings settings) {
    Peering peering = new Peering(settings, transport, loop, random, observer);
    Entry entry = new Entry(peering);
    peers.put(settings.name(), entry);
    if (settings.route().target() instanceof Target.Behind(String link)) {
      transport.greet(link);
    }
    expect(settings, true);
    watch(entry);
    peering.start();
  }

  private void remove(String name, Message.Notification cease) {
    Entry entry = peers.remove(name);
    if (entry == null) {
      return;
    }
    entry.peering.stop(cease);
    entry.unwatch();
    PeerSettings settings = entry.peering.settings();
    expect(settings, false);
    if (settings.route().target() instanceof Target.Behind(String link)
        && peers.values().stream()
            .noneMatch(other ->
                other.peering.settings().route().target().equals(new Target.Behind(link)))) {
      transport.leave(link);
    }
  }

  private void expect(PeerSettings settings, boolean there) {
    if (settings.route().target() instanceof Target.At(Address address)) {
      try {
        transport.expect(address, there ? settings.route().key() : Optional.empty());
      } catch (LinuxException e) {
        LOG.log(
            Level.WARNING,
            () ->
                "BGP peer %s: cannot set its password where connections are accepted: %s"
                    .formatted(settings.name(), e.getMessage()));
      }
    }
  }

  /** Gives a peer exactly these routes. */
  public void routes(String peer, Map<Cidr, RouteAttributes> routes) {
    Entry entry = peers.get(peer);
    if (entry != null) {
      entry.peering.routes(routes);
    }
  }

  /** Returns the peers by name. */
  public Map<String, Peering> all() {
    Map<String, Peering> all = new java.util.TreeMap<>();
    peers.forEach((name, entry) -> all.put(name, entry.peering));
    return all;
  }

  /** Ends all sessions; peers that agreed to graceful restart keep their routes for a while. */
  public void stop(Message.Notification cease, boolean restarting) {
    peers
        .values()
        .forEach(entry -> {
          if (restarting && !entry.peering.settings().terms().gracefulRestart().isZero()) {
            entry.peering.abandon();
          } else {
            entry.peering.stop(cease);
          }
          // After the Cease: a router may take the end of BFD for the end of the path.
          entry.unwatch();
        });
    peers.clear();
  }

  private final class Greeting implements LinuxTransport.Greeter {
    @Override
    public void accepted(Address from, Optional<String> link, LinuxTransport.Arrival arrival) {
      Target target = link.<Target>map(Target.Behind::new).orElseGet(() -> new Target.At(from));
      List<Peering> candidates = new ArrayList<>();
      for (Entry entry : peers.values()) {
        if (entry.peering.settings().route().target().equals(target)) {
          candidates.add(entry.peering);
        }
      }
      // Several peers may have one address and different ports: one without a session takes it.
      Optional<Peering> peering =
          candidates.stream()
              .filter(one -> !one.status().established())
              .findFirst()
              .or(() -> candidates.stream().findFirst());
      if (peering.isEmpty()) {
        arrival.refuse(MessageEncoder.encode(Message.Notification.of(Fault.CONNECTION_REJECTED)));
        return;
      }
      Peering its = peering.get();
      its.accepted(() -> arrival.take(its.settings().route()), arrival::refuse);
    }

    @Override
    public void appeared(String link) {
      for (Entry entry : peers.values()) {
        if (entry.peering.settings().route().target().equals(new Target.Behind(link))) {
          watch(entry);
          entry.peering.retryNow();
        }
      }
    }
  }

  /**
   * Begins to watch a peer by BFD as soon as it is known where it is; a router that has BFD
   * configured may not open a session before BFD is up.
   */
  private void watch(Entry entry) {
    PeerSettings settings = entry.peering.settings();
    if (settings.bfd().isEmpty()) {
      return;
    }
    Optional<BfdPort.Ends> ends = transport.ends(settings.route());
    if (ends.isPresent() && !entry.watched.equals(ends)) {
      entry.unwatch();
      entry.watched = ends;
      entry.watch =
          Optional.of(
              bfd.watch(
                  settings.name(),
                  settings.bfd().get(),
                  ends.get(),
                  () -> loop.execute(entry.peering::bfdDown)));
    }
  }

  @Override
  public void close() {
    closed = true;
    stop(Message.Notification.of(Fault.ADMINISTRATIVE_SHUTDOWN), false);
    transport.close();
  }
}
