package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.layer2.Selection;
import dev.ballast.loadbalancer.membership.Detector;
import dev.ballast.loadbalancer.membership.Heartbeats;
import dev.ballast.loadbalancer.membership.Timing;
import dev.ballast.loadbalancer.membership.View;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/**
 * A speaker: each time that something changes, each of its protocols decides and applies on a
 * thread of the speaker's own; then the other speakers are told. All methods may be called from any
 * thread.
 */
public final class Speaker implements AutoCloseable {
  private final Timing timing;
  private final ThreadFactory threads;
  private final Heartbeats heartbeats;
  private final Layer2 layer2;
  private final List<Protocol<?>> protocols;
  private final Told told;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition something = lock.newCondition();
  private boolean signalled;
  private boolean stopping;
  private boolean stopped;
  private volatile Knowledge knowledge = Knowledge.NOTHING;

  /**
   * Where and how a speaker runs.
   *
   * @param node the name of its Node object
   * @param heartbeats where it hears heartbeats
   * @param secret what all speakers share; may be empty
   * @param gratuitousInterval how often to say again where an address is; zero for never
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
  public record Settings(
      String node,
      InetSocketAddress heartbeats,
      byte[] secret,
      Selection interfaces,
      Timing timing,
      Duration gratuitousInterval) {
    /** One that says where an address is only when it has changed. */
    public Settings(
        String node,
        InetSocketAddress heartbeats,
        byte[] secret,
        Selection interfaces,
        Timing timing) {
      this(node, heartbeats, secret, interfaces, timing, Duration.ZERO);
    }
  }

  /** Binds the heartbeat port; {@link #start} begins. */
  public Speaker(
      Settings settings,
      Network network,
      Report report,
      RandomGenerator random,
      ThreadFactory threads)
      throws IOException {
    timing = settings.timing();
    this.threads = threads;
    Detector detector = new Detector(settings.node(), timing, random, System.nanoTime());
    heartbeats =
        new Heartbeats(detector, timing, settings.secret(), settings.heartbeats(), this::changed);
    layer2 =
        new Layer2(
            network,
            settings.interfaces(),
            timing.handover(),
            settings.gratuitousInterval(),
            detector.lease(),
            heartbeats.view(),
            report,
            threads,
            this::portsChanged,
            this::signal);
    protocols = List.of(layer2);
    told = new Told(report, () -> layer2.ports().names());
  }

  /** Begins; it answers for nothing until it knows something and has heard the others. */
  public void start() throws IOException {
    for (Protocol<?> protocol : protocols) {
      protocol.start();
    }
    heartbeats.able(layer2.ports().able());
    heartbeats.start(threads);
    Thread deciding = threads.newThread(this::run);
    deciding.setName("speaker");
    deciding.start();
  }

  /** What the objects say now. */
  public void learn(Knowledge now) {
    // First who is there: what is to be announced means nothing without.
    heartbeats.peers(now.peers());
    knowledge = now;
    signal();
  }

  private void changed(View view) {
    layer2.seen(view);
    signal();
  }

  private void portsChanged(Layer2 one) {
    heartbeats.able(one.ports().able());
    signal();
  }

  /** How it stands to each service. */
  public Map<String, Standing> standings() {
    return layer2.standings();
  }

  public Counters counters() {
    return layer2.counters();
  }

  /** The interfaces that it answers on. */
  public Set<String> interfaces() {
    return layer2.ports().names();
  }

  /** Why it cannot announce anything; nothing if it can. */
  public Optional<String> unable() {
    return protocols.stream().flatMap(protocol -> protocol.unable().stream()).findFirst();
  }

  /** Who is there, as this speaker sees it. */
  public View view() {
    return heartbeats.view();
  }

  /** The speakers that may own addresses now. */
  public Set<String> readySpeakers() {
    return heartbeats.view().ready();
  }

  /** How often this process did not run for longer than its lease. */
  public long timesLate() {
    return heartbeats.timesLate();
  }

  private void signal() {
    lock.lock();
    try {
      signalled = true;
      something.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (awaitSomething()) {
      decide(System.nanoTime());
    }
  }

  private void decide(long now) {
    // In this order: a view that is older than what is known may be of one who knew nobody.
    Knowledge known = knowledge;
    View view = heartbeats.view();
    Map<String, Standing> before = layer2.standings();
    Set<Long> claims = new HashSet<>();
    for (Protocol<?> protocol : protocols) {
      turn(protocol, known, view, now);
      claims.addAll(protocol.claims());
    }
    heartbeats.claims(claims);
    told.tell(before, layer2.standings());
  }

  private static <P> void turn(Protocol<P> protocol, Knowledge known, View view, long now) {
    protocol.apply(protocol.decide(known, view, now), view, now);
  }

  /** Waits until there is something to decide; false when it is over. */
  private boolean awaitSomething() {
    lock.lock();
    try {
      long now = System.nanoTime();
      Duration wait =
          protocols.stream().map(p -> p.pause(now)).min(Duration::compareTo).orElseThrow();
      long until = now + wait.toNanos();
      while (!signalled && !stopped) {
        long left = until - System.nanoTime();
        if (left <= 0 || (something.await(left, TimeUnit.NANOSECONDS) && signalled)) {
          break;
        }
      }
      signalled = false;
      return !stopped;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Hands over: answers until every address has another owner, or patience ends. */
  public void leave() throws InterruptedException {
    lock.lock();
    try {
      if (stopping) {
        return;
      }
      stopping = true;
    } finally {
      lock.unlock();
    }
    heartbeats.leave();
    signal();
    long until = System.nanoTime() + timing.handover().toNanos();
    lock.lock();
    try {
      while (!layer2.claims().isEmpty() && System.nanoTime() - until < 0) {
        // Each decision signals nobody; it is soon over.
        boolean _ = something.await(5, TimeUnit.MILLISECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Stops answering at once; call {@link #leave} before for a clean end. */
  @Override
  public void close() {
    lock.lock();
    try {
      stopped = true;
      something.signalAll();
    } finally {
      lock.unlock();
    }
    protocols.forEach(Protocol::close);
    heartbeats.close();
  }
}
