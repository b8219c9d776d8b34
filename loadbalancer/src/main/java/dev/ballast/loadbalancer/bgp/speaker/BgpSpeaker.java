package dev.ballast.loadbalancer.bgp.speaker;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.netlink.InterfaceAddress;
import dev.ballast.linux.netlink.RouteSocket;
import dev.ballast.linux.thread.CurrentThread;
import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.bfd.BfdPort;
import dev.ballast.loadbalancer.bfd.BfdStanding;
import dev.ballast.loadbalancer.bgp.advertising.Advertising;
import dev.ballast.loadbalancer.bgp.advertising.BgpNode;
import dev.ballast.loadbalancer.bgp.advertising.BgpStanding;
import dev.ballast.loadbalancer.bgp.message.Fault;
import dev.ballast.loadbalancer.bgp.message.Message;
import dev.ballast.loadbalancer.bgp.peering.Bfd;
import dev.ballast.loadbalancer.bgp.peering.Observer;
import dev.ballast.loadbalancer.bgp.peering.PeerSettings;
import dev.ballast.loadbalancer.bgp.peering.PeerStatus;
import dev.ballast.loadbalancer.bgp.peering.Peering;
import dev.ballast.loadbalancer.bgp.peering.Peers;
import dev.ballast.loadbalancer.bgp.transport.LinuxTransport;
import dev.ballast.loadbalancer.loop.Loop;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Speaks BGP, and BFD, for one node. Its threads start with the first peer. All methods may be
 * called by any thread; {@link #learn} by one at a time.
 */
public final class BgpSpeaker implements AutoCloseable {
  private static final Logger LOG = System.getLogger(BgpSpeaker.class.getName());
  private static final Duration WITHDRAWN = Duration.ofMillis(500);
  private static final Duration LAST_WORDS = Duration.ofMillis(200);

  /** Above what is ordinary, below what the kernel itself needs. */
  private static final int REAL_TIME_PRIORITY = 10;

  private final Settings settings;
  private final RandomGenerator random;
  private final BgpReport report;
  private final ThreadFactory threads;
  private volatile Optional<Running> running = Optional.empty();
  private volatile Advertising advertising = Advertising.NOTHING;
  private volatile boolean draining;
  private BgpKnowledge knowledge = BgpKnowledge.NOTHING;
  private boolean over;

  /**
   * How it runs.
   *
   * @param port where it accepts connections; 0 for nowhere
   * @param drain how long routes stay as the last choice before they are withdrawn
   */
  public record Settings(String node, int port, Duration drain) {}

  private record Running(Loop sessions, Loop detection, Peers peers, BfdPort bfd) {}

  public BgpSpeaker(
      Settings settings, RandomGenerator random, BgpReport report, ThreadFactory threads) {
    this.settings = settings;
    this.random = random;
    this.report = report;
    this.threads = threads;
  }

  /** Takes in what the objects say now. */
  public synchronized void learn(BgpKnowledge now) {
    if (over) {
      return;
    }
    knowledge = now;
    if (running.isEmpty() && !now.peers().isEmpty()) {
      running = Optional.of(start());
    }
    decide();
  }

  /** Announces everything as the last choice, or normally again. */
  public synchronized void drain(boolean on) {
    if (draining != on) {
      draining = on;
      decide();
    }
  }

  /** Returns whether routes are announced as the last choice. */
  public boolean draining() {
    return draining;
  }

  private void decide() {
    Set<String> names = new TreeSet<>();
    knowledge.peers().forEach(peer -> names.add(peer.name()));
    BgpNode node = knowledge.node();
    Advertising before = advertising;
    Advertising next =
        Advertising.decide(
            new BgpNode(
                node.name(), node.labels(), node.networkUnavailable(), node.excluded(), draining),
            knowledge.services(),
            names);
    advertising = next;
    running.ifPresent(r -> {
      List<PeerSettings> peers = peers();
      r.sessions.execute(() -> {
        Set<String> gone = new TreeSet<>(r.peers.all().keySet());
        r.peers.configure(peers);
        next.routes().forEach(r.peers::routes);
        gone.removeAll(r.peers.all().keySet());
        gone.forEach(report::gone);
      });
    });
    tell(before, next);
  }

  private List<PeerSettings> peers() {
    if (knowledge.peers().isEmpty()) {
      return List.of();
    }
    List<InterfaceAddress> addresses;
    try (RouteSocket state = RouteSocket.open()) {
      addresses = state.addresses();
    }
    Optional<Address> own = LinuxTransport.firstIpv4(addresses);
    List<PeerSettings> all = new ArrayList<>();
    knowledge
        .peers()
        .forEach(peer ->
            all.add(peer.settings(settings.node(), own, address -> onLink(addresses, address))));
    return all;
  }

  private static boolean onLink(List<InterfaceAddress> addresses, Address address) {
    return addresses.stream()
        .filter(own -> Address.of(own.address()).family() == address.family())
        .anyMatch(own ->
            Cidr.containing(Address.of(own.address()), own.prefix()).range().contains(address));
  }

  private void tell(Advertising before, Advertising next) {
    next.standings()
        .forEach((service, standing) -> {
          BgpStanding former = before.standings().get(service);
          switch (standing) {
            case BgpStanding.Announced announced -> {
              boolean first = !(former instanceof BgpStanding.Announced);
              if (first || !announced.equals(former)) {
                report.announced(announced, first);
              }
            }
            case BgpStanding.Withheld withheld -> {
              if (former instanceof BgpStanding.Announced) {
                report.withdrawn(withheld);
              }
            }
          }
        });
    before
        .standings()
        .forEach((service, former) -> {
          if (former instanceof BgpStanding.Announced && !next.standings().containsKey(service)) {
            report.withdrawn(
                new BgpStanding.Withheld(
                    service,
                    BgpStanding.Reason.NOT_OWNER,
                    "the service is gone, has no address, or no BGPAdvertisement is for its pool"));
          }
        });
  }

  private Running start() {
    Loop sessions = Loop.open();
    Loop detection = Loop.open();
    BfdPort bfd = new BfdPort(detection, random);
    Bfd watch = (peer, wanted, ends, gone) -> bfd.watch(peer, wanted, ends, _ -> gone.run())::close;
    Peers peers = new Peers(sessions, random, new Sessions(bfd), watch);
    go("bgp", sessions::run);
    go(
        "bfd",
        () -> {
          punctual();
          detection.run();
        });
    sessions.execute(() -> peers.listen(settings.port()));
    return new Running(sessions, detection, peers, bfd);
  }

  /** A detection time of 150 ms leaves no room for a wait behind others for the processor. */
  private static void punctual() {
    try {
      CurrentThread.scheduling(CurrentThread.Scheduling.ROUND_ROBIN, REAL_TIME_PRIORITY);
    } catch (LinuxException | IllegalStateException e) {
      LOG.log(
          Level.INFO,
          () ->
              "BFD runs without real-time priority (%s); give the process CAP_SYS_NICE"
                      .formatted(e.getMessage())
                  + " where intervals are below 300 ms");
    }
  }

  private void go(String name, Runnable body) {
    Thread thread = threads.newThread(body);
    thread.setName(name);
    thread.start();
  }

  private final class Sessions implements Observer {
    private final BfdPort bfd;

    Sessions(BfdPort bfd) {
      this.bfd = bfd;
    }

    @Override
    public void up(String peer, PeerStatus status) {
      report.session(peer, status, bfd(peer));
    }

    @Override
    public void down(String peer, String reason) {
      peering(peer).ifPresent(p -> report.session(peer, p.status(), bfd(peer)));
    }

    private Optional<String> bfd(String peer) {
      return Optional.ofNullable(bfd.standings().get(peer)).map(s -> s.state().toString());
    }
  }

  /** Returns how the node stands to each service. */
  public Map<String, BgpStanding> standings() {
    return advertising.standings();
  }

  /** Returns the sessions by the names of their peers. */
  public Map<String, Peering> peerings() {
    return running.map(r -> r.peers.all()).orElse(Map.of());
  }

  private Optional<Peering> peering(String name) {
    return Optional.ofNullable(peerings().get(name));
  }

  /** Returns the BFD sessions by the names of their peers. */
  public Map<String, BfdStanding> bfd() {
    return running.map(r -> r.bfd.standings()).orElse(Map.of());
  }

  /** Returns why peers cannot open connections to us, if so. */
  public Optional<String> notListening() {
    return running.flatMap(r -> r.peers.notListening());
  }

  /** Returns, for a person, which peers have a service and why the others have not. */
  public Optional<String> explain(String service) {
    return Optional.ofNullable(standings().get(service))
        .map(standing -> Explanation.of(standing, peerings(), bfd()));
  }

  /** Returns, for a person, how the sessions are. */
  public String sessions() {
    Map<String, BfdStanding> bfd = bfd();
    StringBuilder text = new StringBuilder();
    new TreeMap<>(peerings())
        .forEach((name, peering) ->
            text.append(Explanation.session(name, peering, Optional.ofNullable(bfd.get(name))))
                .append('\n'));
    return text.toString();
  }

  /**
   * Leaves: announces the routes as the last choice for a while, then withdraws them and ends the
   * sessions with a text for the routers' operators. Peers that agreed to graceful restart are left
   * without a word, so that they keep the routes for the moment of a restart.
   */
  public void leave() throws InterruptedException {
    Optional<Running> now;
    boolean wait;
    synchronized (this) {
      now = over ? Optional.empty() : running;
      wait =
          now.isPresent()
              && !draining
              && now.get().peers.all().values().stream().anyMatch(BgpSpeaker::willMiss);
      if (wait) {
        drain(true);
      }
      over = true;
    }
    if (now.isEmpty()) {
      return;
    }
    if (wait) {
      TimeUnit.NANOSECONDS.sleep(settings.drain().toNanos());
    }
    Peers peers = now.get().peers;
    await(
        now.get(),
        () ->
            peers.all().values().stream()
                .filter(peering -> !restarts(peering))
                .forEach(peering -> peering.routes(Map.of())));
    await(
        now.get(),
        () ->
            peers.stop(
                Message.Notification.cease(
                    Fault.ADMINISTRATIVE_SHUTDOWN, "node drain: " + settings.node()),
                true));
  }

  /** Whether traffic comes by routes of this session, which will end. */
  private static boolean willMiss(Peering peering) {
    return peering.status().established() && peering.status().announced() > 0 && !restarts(peering);
  }

  private static boolean restarts(Peering peering) {
    return !peering.settings().terms().gracefulRestart().isZero();
  }

  private static void await(Running running, Runnable body) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    running.sessions.execute(() -> {
      try {
        body.run();
      } finally {
        done.countDown();
      }
    });
    boolean _ = done.await(WITHDRAWN.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Stops at once; call {@link #leave} before for a clean end. */
  @Override
  public synchronized void close() {
    over = true;
    running.ifPresent(r -> {
      r.sessions.execute(() -> {
        r.peers.close();
        // The peers read our last messages first.
        var _ = r.sessions.after(LAST_WORDS, r.sessions::close);
      });
      r.detection.execute(() -> {
        r.bfd.close();
        var _ = r.detection.after(LAST_WORDS, r.detection::close);
      });
    });
    running = Optional.empty();
  }
}
