package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Mac;
import dev.ballast.loadbalancer.layer2.Selection;
import dev.ballast.loadbalancer.layer2.Withdrawal;
import dev.ballast.loadbalancer.membership.Detector;
import dev.ballast.loadbalancer.membership.Heartbeats;
import dev.ballast.loadbalancer.membership.Lease;
import dev.ballast.loadbalancer.membership.Timing;
import dev.ballast.loadbalancer.membership.View;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A speaker: decides on a thread of its own each time that something changes, publishes what the
 * interfaces answer for, and tells the others. All methods may be called from any thread.
 */
public final class Speaker implements AutoCloseable {
  /** While a successor is waited for, its patience is looked at this often. */
  private static final Duration HANDOVER_LOOK = Duration.ofMillis(50);

  private static final Duration IDLE = Duration.ofSeconds(1);

  private final Timing timing;
  private final Report report;
  private final ThreadFactory threads;
  private final Announcer announcer;
  private final Gratuitous gratuitous = new Gratuitous();
  private final Counters counters = new Counters();
  private final Heartbeats heartbeats;
  private final ArpPorts ports;
  private final Conflicts conflicts;
  private final Map<String, Set<String>> told = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition something = lock.newCondition();
  private final AtomicBoolean announceAgain = new AtomicBoolean();
  private boolean signalled;
  private boolean stopping;
  private boolean stopped;
  private volatile Knowledge knowledge = Knowledge.NOTHING;
  private volatile Plan plan = Plan.NOTHING;

  /**
   * Where and how a speaker runs.
   *
   * @param node the name of its Node object
   * @param heartbeats where it hears heartbeats
   * @param secret what all speakers share; may be empty
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
  public record Settings(
      String node,
      InetSocketAddress heartbeats,
      byte[] secret,
      Selection interfaces,
      Timing timing) {}

  /** Binds the heartbeat port; {@link #start} begins. */
  public Speaker(
      Settings settings,
      Network network,
      Report report,
      RandomGenerator random,
      ThreadFactory threads)
      throws IOException {
    timing = settings.timing();
    this.report = report;
    this.threads = threads;
    announcer = new Announcer(timing.handover());
    conflicts = new Conflicts(timing.handover());
    Detector detector = new Detector(settings.node(), timing, random, System.nanoTime());
    Lease lease = detector.lease();
    heartbeats =
        new Heartbeats(detector, timing, settings.secret(), settings.heartbeats(), this::changed);
    ports =
        new ArpPorts(
            network,
            settings.interfaces(),
            () -> plan.announced(),
            lease,
            counters,
            this::conflict,
            threads,
            this::announceAgain);
  }

  /** Begins; it answers for nothing until it knows something and has heard the others. */
  public void start() throws IOException {
    ports.start();
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

  /** A decision may come too late to see what another speaker claims for a moment. */
  private void changed(View view) {
    conflicts.explained(plan.alsoClaimed(view), System.nanoTime());
    signal();
  }

  /** How it stands to each service. */
  public Map<String, Standing> standings() {
    return plan.standings();
  }

  public Counters counters() {
    return counters;
  }

  /** The interfaces that it answers on. */
  public Set<String> interfaces() {
    return ports.names();
  }

  /** The speakers that may own addresses now. */
  public Set<String> readySpeakers() {
    return heartbeats.view().ready();
  }

  private void announceAgain() {
    announceAgain.set(true);
    signal();
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
    Plan before = plan;
    // In this order: a view that is older than what is known may be of one who knew nobody.
    Knowledge known = knowledge;
    View view = heartbeats.view();
    Plan next = announcer.decide(known, view, now);
    // In this order: able to answer, then heard of on the link, then told to the other speakers,
    // who stop answering when they hear it.
    plan = next;
    if (!next.announced().equals(before.announced())) {
      ports.listenFor(next.announced());
    }
    Set<Address> gained = new HashSet<>(next.elected());
    gained.removeAll(before.elected());
    if (announceAgain.getAndSet(false)) {
      gained.addAll(next.elected());
    }
    gratuitous.retain(next.announced().addresses().keySet());
    gratuitous.start(gained, now);
    gratuitous.due(now).forEach(address -> ports.announce(address, next.announced()));
    heartbeats.claims(next.claims());
    conflicts.explained(next.alsoClaimed(view), now);
    conflicts
        .due(next.elected(), now)
        .forEach(claim -> report.conflict(claim.address(), claim.claimant(), claim.link()));
    tell(before, next);
  }

  private void tell(Plan before, Plan next) {
    next.standings()
        .forEach((service, standing) -> {
          Standing former = before.standings().get(service);
          switch (standing) {
            case Standing.Answering answering -> {
              if (!sameAnnouncement(former, answering)) {
                report.answering(answering);
                missingInterfaces(answering);
              }
            }
            case Standing.Silent silent -> {
              if (former instanceof Standing.Answering) {
                report.withdrawn(silent);
              }
            }
          }
          notes(service, standing);
        });
    before.answering().stream()
        .filter(former -> !next.standings().containsKey(former.service()))
        .forEach(former -> report.withdrawn(deleted(former)));
    told.keySet().retainAll(next.standings().keySet());
  }

  private static boolean sameAnnouncement(@Nullable Standing former, Standing.Answering now) {
    return former instanceof Standing.Answering answering
        && answering.addresses().equals(now.addresses())
        && answering.links().equals(now.links());
  }

  private void missingInterfaces(Standing.Answering answering) {
    Set<String> present = new TreeSet<>(answering.links());
    present.retainAll(ports.names());
    if (!answering.links().isEmpty() && present.isEmpty()) {
      answering
          .addresses()
          .forEach(
              address -> report.noSuchInterface(answering.service(), address, answering.links()));
    }
  }

  private void notes(String service, Standing standing) {
    Set<String> now =
        switch (standing) {
          case Standing.Answering answering -> new TreeSet<>(answering.notes());
          case Standing.Silent silent -> new TreeSet<>(silent.notes());
        };
    Set<String> former = told.getOrDefault(service, Set.of());
    now.stream().filter(note -> !former.contains(note)).forEach(n -> report.note(service, n));
    told.put(service, now);
  }

  private static Standing.Silent deleted(Standing.Answering former) {
    return new Standing.Silent(
        former.service(),
        Withdrawal.SERVICE_DELETED,
        "the service is gone",
        Optional.empty(),
        List.of());
  }

  /** Waits until there is something to decide; false when it is over. */
  private boolean awaitSomething() {
    lock.lock();
    try {
      long until = System.nanoTime() + waitTime().toNanos();
      while (!signalled && !stopped) {
        long left = until - System.nanoTime();
        if (left <= 0) {
          break;
        }
        if (something.await(left, TimeUnit.NANOSECONDS) && signalled) {
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

  private Duration waitTime() {
    Duration wait = plan.handingOver() ? HANDOVER_LOOK : IDLE;
    var next = gratuitous.next();
    if (next.isPresent()) {
      long nanos = Math.max(0, next.getAsLong() - System.nanoTime());
      wait = nanos < wait.toNanos() ? Duration.ofNanos(nanos) : wait;
    }
    return wait;
  }

  private void conflict(Address address, Mac claimant, String link) {
    conflicts.hear(new Conflicts.Claim(address, claimant, link), System.nanoTime());
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
      while (!plan.claims().isEmpty() && System.nanoTime() - until < 0) {
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
    ports.close();
    heartbeats.close();
  }
}
