package dev.ballast.loadbalancer.allocation;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.allocation.Decision.Because;
import dev.ballast.loadbalancer.allocation.Decision.Loser;
import dev.ballast.loadbalancer.allocation.Decision.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Picks the pool, and the addresses of it, for a service that holds none. */
final class PoolChoice {
  private final Snapshot snapshot;
  private final Ledger ledger;
  private final Map<String, Pool> byName = new HashMap<>();
  private final List<Pool> inOrder;

  PoolChoice(Snapshot snapshot, Ledger ledger) {
    this.snapshot = snapshot;
    this.ledger = ledger;
    snapshot.pools().forEach(pool -> byName.put(pool.name(), pool));
    inOrder =
        snapshot.pools().stream()
            .sorted(Comparator.comparingLong(Pool::rank).thenComparing(Pool::name))
            .toList();
  }

  /** What was found, or why nothing was. */
  sealed interface Outcome {
    record Found(List<Address> addresses, Pool pool, Because because, List<Loser> losers)
        implements Outcome {}

    record NotFound(String why, List<Loser> losers) implements Outcome {}
  }

  Outcome choose(Claim claim) {
    return switch (claim.request()) {
      case Claim.Request.Invalid(String problem) ->
          new Outcome.NotFound(problem, losers("", "the service's request is not understood"));
      case Claim.Request.These(List<Address> addresses) -> requested(claim, addresses);
      case Claim.Request.Any _ ->
          claim.requestedPool().isEmpty() ? automatic(claim) : requestedPool(claim);
    };
  }

  private Outcome requested(Claim claim, List<Address> addresses) {
    EnumSet<Family> families = EnumSet.noneOf(Family.class);
    addresses.forEach(address -> families.add(address.family()));
    String elsewhere = "the service asks for " + text(addresses);
    if (!families.equals(claim.wanted()) || families.size() != addresses.size()) {
      return new Outcome.NotFound(
          "requested loadBalancer IP(s) %s does not match the ipFamily of the service"
              .formatted(quoted(addresses)),
          losers("", elsewhere));
    }
    Ledger.Problem problem = problem(claim, addresses);
    Optional<Pool> pool = ledger.poolOf(addresses);
    if (!problem.none() || pool.isEmpty()) {
      String poolName = pool.map(Pool::name).orElse("");
      List<Loser> losers = new ArrayList<>(losers(poolName, elsewhere));
      pool.ifPresent(p -> losers.add(new Loser(p.name(), reason(problem))));
      return new Outcome.NotFound(problem.text(), losers);
    }
    if (!claim.requestedPool().isEmpty() && !claim.requestedPool().equals(pool.get().name())) {
      return new Outcome.NotFound(
          "requested loadBalancer IP(s) %s is not compatible with requested address pool %s"
              .formatted(quoted(addresses), claim.requestedPool()),
          losers("", elsewhere));
    }
    return new Outcome.Found(
        addresses, pool.get(), Because.REQUESTED_ADDRESSES, losers(pool.get().name(), elsewhere));
  }

  private static String reason(Ledger.Problem problem) {
    return problem.detail().isEmpty()
        ? problem.text()
        : problem.text() + " (" + problem.detail() + ")";
  }

  /** Why a service can not have exactly these addresses, as the original says it. */
  Ledger.Problem problem(Claim claim, List<Address> addresses) {
    Optional<Pool> pool = ledger.poolOf(addresses);
    if (pool.isEmpty()) {
      return new Ledger.Problem(quoted(addresses) + " is not allowed in config", "");
    }
    String objection = objection(pool.get(), claim);
    if (!objection.isEmpty()) {
      return new Ledger.Problem(
          "pool " + pool.get().name() + " not compatible for ip assignment", objection);
    }
    return addresses.stream()
        .map(address -> ledger.problem(claim, address))
        .filter(problem -> !problem.none())
        .findFirst()
        .orElse(Ledger.Problem.NONE);
  }

  private String objection(Pool pool, Claim claim) {
    return pool.objection(
        claim, snapshot.namespaceLabels().getOrDefault(claim.service().namespace(), Map.of()));
  }

  private Outcome requestedPool(Claim claim) {
    String name = claim.requestedPool();
    String elsewhere = "the service asks for pool " + name;
    Pool pool = byName.get(name);
    if (pool == null) {
      return new Outcome.NotFound("unknown pool \"%s\"".formatted(name), losers("", elsewhere));
    }
    List<Loser> losers = new ArrayList<>(losers(name, elsewhere));
    String objection = objection(pool, claim);
    if (!objection.isEmpty()) {
      losers.add(new Loser(name, objection));
      return new Outcome.NotFound("pool " + name + " not compatible for ip assignment", losers);
    }
    List<Address> found = take(claim, pool, List.of(pool));
    if (found.isEmpty()) {
      losers.add(new Loser(name, shortage(claim, pool)));
      return new Outcome.NotFound("no available IPs in pool " + name, losers);
    }
    return new Outcome.Found(found, pool, Because.REQUESTED_POOL, losers);
  }

  private Outcome automatic(Claim claim) {
    Map<String, String> lost = new HashMap<>();
    List<Pool> candidates = new ArrayList<>();
    for (Pool pool : inOrder) {
      String objection = objection(pool, claim);
      if (!pool.autoAssign()) {
        lost.put(pool.name(), "autoAssign is false: only services that ask for it are given of it");
      } else if (!objection.isEmpty()) {
        lost.put(pool.name(), objection);
      } else {
        candidates.add(pool);
      }
    }
    Optional<Outcome.Found> found = Optional.empty();
    for (Pool pool : candidates) {
      if (found.isPresent()) {
        lost.put(pool.name(), "pool " + found.get().pool().name() + " comes first");
        continue;
      }
      List<Address> addresses = take(claim, pool, candidates);
      if (addresses.isEmpty()) {
        lost.put(pool.name(), shortage(claim, pool));
      } else {
        Because because = pool.pinned() ? Because.PINNED_POOL : Because.OPEN_POOL;
        found = Optional.of(new Outcome.Found(addresses, pool, because, List.of()));
      }
    }
    List<Loser> losers = new ArrayList<>(pausedLosers());
    inOrder.stream()
        .filter(pool -> lost.containsKey(pool.name()))
        .forEach(pool -> losers.add(new Loser(pool.name(), lost.getOrDefault(pool.name(), ""))));
    return found
        .<Outcome>map(f -> new Outcome.Found(f.addresses(), f.pool(), f.because(), losers))
        .orElseGet(() -> new Outcome.NotFound("no available IPs", losers));
  }

  /**
   * The addresses of a pool that a service would get: all families that it wants, or, where it
   * merely prefers both, one if no candidate has both.
   */
  private List<Address> take(Claim claim, Pool pool, List<Pool> candidates) {
    List<Address> all = allFamilies(claim, pool);
    if (!all.isEmpty() || claim.familyPolicy() != FamilyPolicy.PREFER_DUAL_STACK) {
      return all;
    }
    if (candidates.stream().anyMatch(other -> !allFamilies(claim, other).isEmpty())) {
      return List.of();
    }
    Family primary = claim.families().getFirst();
    Optional<Address> first = ledger.find(claim, pool, primary);
    if (first.isPresent()) {
      return List.of(first.get());
    }
    boolean primaryElsewhere =
        candidates.stream().anyMatch(other -> ledger.find(claim, other, primary).isPresent());
    return primaryElsewhere
        ? List.of()
        : ledger.find(claim, pool, primary.other()).map(List::of).orElse(List.of());
  }

  private List<Address> allFamilies(Claim claim, Pool pool) {
    List<Address> found = new ArrayList<>();
    for (Family family : claim.families()) {
      Optional<Address> address = ledger.find(claim, pool, family);
      if (address.isEmpty()) {
        return List.of();
      }
      found.add(address.get());
    }
    return found;
  }

  private String shortage(Claim claim, Pool pool) {
    for (Family family : claim.families()) {
      if (!pool.has(family)) {
        return "it has no " + family + " addresses";
      }
      if (ledger.find(claim, pool, family).isEmpty()) {
        return "all of its " + PoolUse.total(pool, family) + " " + family + " addresses are in use";
      }
    }
    return "another pool has an address of each family that the service prefers";
  }

  /** What to say of the pools that were never looked at. */
  List<Loser> losersWithoutChoice(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Cleared(String reason) -> losers("", "no address is wanted: " + reason);
      case Verdict.Refused(String why) -> losers("", why);
      case Verdict.NotOurs(String why) -> losers("", why);
      case Verdict.Undecided(_, String why) -> losers("", why);
      case Verdict.Given given -> losersToHeld(given.pool());
    };
  }

  List<Loser> losersToHeld(String pool) {
    return losers(pool, "the address that the service holds is still allowed");
  }

  private List<Loser> losers(String except, String reason) {
    List<Loser> losers = new ArrayList<>(pausedLosers());
    inOrder.stream()
        .filter(pool -> !pool.name().equals(except))
        .forEach(pool -> losers.add(new Loser(pool.name(), reason)));
    return losers;
  }

  private List<Loser> pausedLosers() {
    return snapshot.pausedPools().stream()
        .map(name -> new Loser(name, "what it says is not valid: nothing new is given of it"))
        .toList();
  }

  private static String text(List<Address> addresses) {
    return addresses.stream().map(Address::toString).collect(Collectors.joining(", "));
  }

  /** As Go prints a list of addresses with {@code %q}. */
  static String quoted(List<Address> addresses) {
    return addresses.stream()
        .map(address -> '"' + address.toString() + '"')
        .collect(Collectors.joining(" ", "[", "]"));
  }
}
