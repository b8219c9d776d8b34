package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.layer2.Mac;
import dev.ballast.loadbalancer.layer2.Selection;
import dev.ballast.loadbalancer.membership.Lease;
import dev.ballast.loadbalancer.membership.View;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Announces on the local link: answers ARP, and says unasked where an address is. */
final class Layer2 implements Protocol<Plan> {
  /** While a successor or an answer is waited for, it is looked at this often. */
  private static final Duration SOON = Duration.ofMillis(50);

  private static final Duration IDLE = Duration.ofSeconds(1);

  private final Announcer announcer;
  private final Gate gate = new Gate();
  private final Gratuitous gratuitous;
  private final Conflicts conflicts;
  private final Counters counters = new Counters();
  private final ArpPorts ports;
  private final Report report;
  private final Runnable wake;
  private final AtomicBoolean announceAgain = new AtomicBoolean();
  private volatile View view;
  private volatile Knowledge knowledge = Knowledge.NOTHING;
  private volatile Plan plan = Plan.NOTHING;

  /**
   * Opens nothing yet.
   *
   * @param portsChanged called with itself when its interfaces have changed
   * @param wake called when there is something to decide
   */
  Layer2(
      Network network,
      Selection interfaces,
      Duration patience,
      Duration gratuitousInterval,
      Lease lease,
      View first,
      Report report,
      ThreadFactory threads,
      Consumer<Layer2> portsChanged,
      Runnable wake) {
    this.report = report;
    this.wake = wake;
    view = first;
    announcer = new Announcer(patience, gate);
    gratuitous = new Gratuitous(gratuitousInterval);
    conflicts = new Conflicts(patience);
    ports =
        new ArpPorts(
            network,
            interfaces,
            () -> plan.announced(),
            lease,
            counters,
            this::claimed,
            threads,
            () -> {
              announceAgain.set(true);
              portsChanged.accept(this);
            });
  }

  @Override
  public String name() {
    return "layer2";
  }

  @Override
  public Set<Family> families() {
    return Set.of(Family.IPV4);
  }

  @Override
  public void start() throws IOException {
    ports.start();
  }

  @Override
  public Plan decide(Knowledge now, View seen, long time) {
    knowledge = now;
    return announcer.decide(now, seen, time);
  }

  @Override
  public void apply(Plan next, View now, long time) {
    Plan before = plan;
    view = now;
    // In this order: able to answer, then heard of on the link, and then (by the caller) told to
    // the
    // other speakers, who stop answering when they hear it.
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
    gratuitous.start(gained, time);
    gratuitous.due(time).forEach(address -> ports.announce(address, next.announced()));
    gate.due(time).forEach(ports::probe);
    conflicts.explained(next.alsoClaimed(now), time);
    conflicts
        .due(next.elected(), time)
        .forEach(claim -> {
          counters.conflict(claim.address());
          report.conflict(claim.address(), claim.claimant(), claim.link());
        });
  }

  /** A decision may come too late to see what another speaker claims for a moment. */
  void seen(View now) {
    view = now;
    conflicts.explained(plan.alsoClaimed(now), System.nanoTime());
  }

  /** Another station says that it has an address; called by the threads of the interfaces. */
  private void claimed(Address address, Mac claimant, String link) {
    if (ports.own(claimant)) {
      // Two interfaces of this node are on one link.
      return;
    }
    View now = view;
    long time = System.nanoTime();
    String node = now.macs().get(claimant.bits());
    if (node != null && now.claimed().containsKey(node)) {
      // A speaker that is heard: the heartbeats decide between it and this one.
      return;
    }
    Mac own = ports.mac(link).orElse(Mac.BROADCAST);
    Gate.Station station = new Gate.Station(claimant, link);
    switch (gate.hear(address, station, node != null, own, time)) {
      case CLOSED -> {
        counters.conflict(address);
        services(address)
            .forEach(s -> report.fenced(s, address, claimant, link, Optional.ofNullable(node)));
        wake.run();
      }
      case DEFENDED -> ports.announce(address, plan.announced());
      case NONE -> {
        if (node == null) {
          conflicts.hear(new Conflicts.Claim(address, claimant, link), time);
        }
      }
    }
  }

  private List<String> services(Address address) {
    return knowledge.services().stream()
        .filter(subject ->
            subject instanceof Knowledge.Subject.Announce announce
                && announce.what().addresses().contains(address))
        .map(Knowledge.Subject::service)
        .toList();
  }

  Counters counters() {
    return counters;
  }

  ArpPorts ports() {
    return ports;
  }

  @Override
  public Map<String, Standing> standings() {
    return plan.standings();
  }

  @Override
  public Set<Long> claims() {
    return plan.claims();
  }

  @Override
  public Duration pause(long now) {
    List<Duration> waits =
        Arrays.asList(
            IDLE, plan.handingOver() || gate.busy() ? SOON : IDLE, until(gratuitous.next(), now));
    return waits.stream().min(Duration::compareTo).orElseThrow();
  }

  private static Duration until(OptionalLong time, long now) {
    return time.isPresent() ? Duration.ofNanos(Math.max(0, time.getAsLong() - now)) : IDLE;
  }

  @Override
  public Optional<String> unable() {
    return ports.unable();
  }

  @Override
  public void close() {
    ports.close();
  }
}
