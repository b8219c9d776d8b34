package dev.ballast.loadbalancer.allocation;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.allocation.Decision.Because;
import dev.ballast.loadbalancer.allocation.Decision.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Decides which service has which address: a function of the {@link Snapshot} alone, so that a
 * restart or another order of the same objects changes nothing.
 *
 * <p>Services that hold addresses come first and keep what is still allowed. Then come those that
 * ask for addresses, those that ask for a pool, and the rest; within each, by name. The original
 * takes services as they come and pools without reservation in random order; here pools of equal
 * rank are in the order of their names.
 */
public final class Allocation {
  private final Snapshot snapshot;
  private final Ledger ledger;
  private final PoolChoice choice;
  private final Map<ServiceName, Decision> decisions = new LinkedHashMap<>();
  private final Map<ServiceName, List<Notice>> notices = new HashMap<>();
  private final Map<String, List<Decision.Loser>> losersToHeld = new HashMap<>();

  private Allocation(Snapshot snapshot) {
    this.snapshot = snapshot;
    ledger = new Ledger(snapshot.pools());
    choice = new PoolChoice(snapshot, ledger);
  }

  /** Decides on every service of the snapshot. */
  public static Allocations decide(Snapshot snapshot) {
    return new Allocation(snapshot).decide();
  }

  private Allocations decide() {
    List<Claim> ours = new ArrayList<>();
    for (Claim claim : snapshot.claims()) {
      if (concernsUs(claim)) {
        ours.add(claim);
      }
    }
    List<Claim> wanting = new ArrayList<>();
    List<Claim> halfServed = new ArrayList<>();
    ours.sort(Comparator.comparing(this::precedence).thenComparing(Claim::service));
    for (Claim claim : ours) {
      if (claim.held().isEmpty() || !keep(claim)) {
        wanting.add(claim);
      } else if (lacksFamily(claim)) {
        halfServed.add(claim);
      }
    }
    wanting.sort(Comparator.comparingInt(Allocation::urgency).thenComparing(Claim::service));
    wanting.forEach(this::serve);
    halfServed.forEach(this::complete);
    return result(ours);
  }

  /** Settles at once what does not want an address of us. */
  private boolean concernsUs(Claim claim) {
    if (!claim.loadBalancerClass().equals(snapshot.loadBalancerClass())) {
      settle(
          claim,
          new Verdict.NotOurs(
              "its loadBalancerClass is \"%s\" and ours is \"%s\""
                  .formatted(claim.loadBalancerClass(), snapshot.loadBalancerClass())));
      return false;
    }
    if (!claim.loadBalancer()) {
      settle(claim, new Verdict.Cleared("notLoadBalancer"));
      return false;
    }
    if (snapshot.pools().isEmpty() && snapshot.pausedPools().isEmpty()) {
      settle(claim, new Verdict.Cleared("noConfig"));
      return false;
    }
    if (claim.familyPolicy() == FamilyPolicy.REQUIRE_DUAL_STACK && !claim.dual()) {
      tell(
          claim,
          Notice.warning(
              "not enough clusterips",
              "Service requires dual stack but not enough clusterips ["
                  + String.join(" ", claim.clusterIps())
                  + "]"));
      settle(claim, new Verdict.Refused("it requires dual stack and has one address family"));
      return false;
    }
    return true;
  }

  private enum Precedence {
    HOLDS_AS_SETTLED,
    HOLDS,
    HOLDS_NOTHING
  }

  private Precedence precedence(Claim claim) {
    if (claim.held().isEmpty()) {
      return Precedence.HOLDS_NOTHING;
    }
    return claim.terms().equals(snapshot.settled().get(claim.service()))
        ? Precedence.HOLDS_AS_SETTLED
        : Precedence.HOLDS;
  }

  private static int urgency(Claim claim) {
    return switch (claim.request()) {
      case Claim.Request.These _ -> 0;
      case Claim.Request.Invalid _ -> 0;
      case Claim.Request.Any _ -> claim.requestedPool().isEmpty() ? 2 : 1;
    };
  }

  /** Confirms what the service holds, if it is still allowed and still what it asks for. */
  private boolean keep(Claim claim) {
    List<Address> held = claim.held();
    if (!familiesFit(claim)) {
      return false;
    }
    var pool = ledger.poolOf(held);
    if (pool.isEmpty() && !snapshot.pausedPools().isEmpty()) {
      held.stream()
          .filter(address -> ledger.problem(claim, address).none())
          .forEach(address -> ledger.assign(claim, address));
      String paused = String.join(",", snapshot.pausedPools());
      settle(claim, new Verdict.Given(held, paused, Because.HELD_FROM_PAUSED_POOL));
      return true;
    }
    Ledger.Problem problem = choice.problem(claim, held);
    if (!problem.none()) {
      tell(
          claim,
          Notice.normal(
              "ClearAssignment",
              "current IP for \"%s\" not allowed by config, will attempt for new IP assignment: %s"
                  .formatted(claim.service(), problem.text())));
      return false;
    }
    String poolName = pool.orElseThrow().name();
    if (!claim.requestedPool().isEmpty() && !claim.requestedPool().equals(poolName)) {
      return false;
    }
    switch (claim.request()) {
      case Claim.Request.Any _ -> {}
      case Claim.Request.Invalid(String why) -> {
        held.forEach(address -> ledger.assign(claim, address));
        tell(
            claim,
            Notice.warning("LoadBalancerFailed", "invalid requested loadbalancer IPs: " + why));
        settle(claim, new Verdict.Undecided(held, why));
        return true;
      }
      case Claim.Request.These(List<Address> addresses) -> {
        if (!Set.copyOf(addresses).equals(Set.copyOf(held))) {
          return false;
        }
      }
    }
    held.forEach(address -> ledger.assign(claim, address));
    decisions.put(
        claim.service(),
        new Decision(
            claim.service(),
            new Verdict.Given(held, poolName, Because.HELD),
            losersToHeld.computeIfAbsent(poolName, choice::losersToHeld),
            notices(claim)));
    return true;
  }

  private boolean familiesFit(Claim claim) {
    Set<Family> held = EnumSet.noneOf(Family.class);
    claim.held().forEach(address -> held.add(address.family()));
    if (held.size() != claim.held().size()) {
      tell(
          claim,
          Notice.warning(
              "nolbIPsIPFamily",
              "Failed to retrieve LBIPs IPFamily for %s: more than one address of a family"
                  .formatted(PoolChoice.quoted(claim.held()))));
      return false;
    }
    return held.equals(claim.wanted())
        || (claim.dual() && claim.familyPolicy() == FamilyPolicy.PREFER_DUAL_STACK);
  }

  private boolean lacksFamily(Claim claim) {
    return claim.held().size() == 1
        && claim.familyPolicy() == FamilyPolicy.PREFER_DUAL_STACK
        && claim.dual()
        && decided(claim).verdict() instanceof Verdict.Given given
        && given.because() == Because.HELD;
  }

  /** Gives a service addresses that it does not hold. */
  private void serve(Claim claim) {
    PoolChoice.Outcome outcome = choice.choose(claim);
    switch (outcome) {
      case PoolChoice.Outcome.Found(var addresses, var pool, var because, var losers) -> {
        addresses.forEach(address -> ledger.assign(claim, address));
        tell(claim, Notice.normal("IPAllocated", "Assigned IP " + PoolChoice.quoted(addresses)));
        settle(claim, new Verdict.Given(addresses, pool.name(), because), losers);
      }
      case PoolChoice.Outcome.NotFound(var why, var losers) -> {
        tell(
            claim,
            Notice.warning(
                "AllocationFailed",
                "Failed to allocate IP for \"%s\": %s".formatted(claim.service(), why)));
        settle(claim, new Verdict.Refused(why), losers);
      }
    }
  }

  /** Adds the family that a service with PreferDualStack lacks, from the pool that it has. */
  private void complete(Claim claim) {
    if (!(decided(claim).verdict() instanceof Verdict.Given given)) {
      return;
    }
    Family missing = given.addresses().getFirst().family().other();
    Pool pool = ledger.poolOf(given.addresses()).orElseThrow();
    var found = ledger.find(claim, pool, missing);
    if (found.isEmpty()) {
      tell(
          claim,
          Notice.normal(
              "AdditionalAssignFailed",
              "cannot assign additional IP in PreferDualStack: no available IPs in pool "
                  + pool.name()));
      settle(claim, given, decided(claim).losers());
      return;
    }
    ledger.assign(claim, found.get());
    tell(
        claim,
        Notice.normal("IPAllocated", "Assigned additional IP \"%s\"".formatted(found.get())));
    List<Address> both = new ArrayList<>(given.addresses());
    both.add(found.get());
    settle(claim, new Verdict.Given(both, given.pool(), given.because()), decided(claim).losers());
  }

  private Decision decided(Claim claim) {
    Decision decision = decisions.get(claim.service());
    if (decision == null) {
      throw new IllegalStateException(claim.service() + " is not decided yet");
    }
    return decision;
  }

  private void settle(Claim claim, Verdict verdict) {
    settle(claim, verdict, choice.losersWithoutChoice(verdict));
  }

  private void settle(Claim claim, Verdict verdict, List<Decision.Loser> losers) {
    decisions.put(claim.service(), new Decision(claim.service(), verdict, losers, notices(claim)));
  }

  private void tell(Claim claim, Notice notice) {
    notices.computeIfAbsent(claim.service(), _ -> new ArrayList<>()).add(notice);
  }

  private List<Notice> notices(Claim claim) {
    return notices.getOrDefault(claim.service(), List.of());
  }

  private Allocations result(List<Claim> ours) {
    Map<ServiceName, Claim.Terms> settled = new HashMap<>();
    for (Claim claim : ours) {
      if (!decided(claim).addresses().isEmpty()) {
        settled.put(claim.service(), claim.terms());
      }
    }
    List<PoolUse> uses =
        snapshot.pools().stream()
            .map(pool ->
                PoolUse.of(pool, ledger.inUse(pool, Family.IPV4), ledger.inUse(pool, Family.IPV6)))
            .toList();
    if (new HashSet<>(decisions.keySet()).size() != snapshot.claims().size()) {
      throw new IllegalArgumentException("two services of the snapshot have the same name");
    }
    return new Allocations(List.copyOf(decisions.values()), uses, settled, ledger.probes());
  }
}
