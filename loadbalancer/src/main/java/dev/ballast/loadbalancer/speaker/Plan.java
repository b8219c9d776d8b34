package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.membership.View;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a speaker does now.
 *
 * @param claimed what it tells the others that it answers for, and the addresses that each is about
 */
record Plan(
    Map<String, Standing> standings, Announced announced, Map<Long, List<Address>> claimed) {
  static final Plan NOTHING = new Plan(Map.of(), Announced.NOTHING, Map.of());

  Plan {
    standings = Collections.unmodifiableMap(new TreeMap<>(standings));
    claimed = Map.copyOf(claimed);
  }

  Set<Long> claims() {
    return claimed.keySet();
  }

  /** The addresses that it answers for as the one who is elected. */
  Set<Address> elected() {
    Set<Address> elected = new HashSet<>();
    answering().stream()
        .filter(answering -> !answering.handingOver())
        .forEach(answering -> elected.addAll(answering.addresses()));
    return elected;
  }

  /** The addresses of its claims that another speaker says as well. */
  Set<Address> alsoClaimed(View view) {
    Set<Address> also = new HashSet<>();
    for (Set<Long> claims : view.claimed().values()) {
      for (Long claim : claims) {
        also.addAll(claimed.getOrDefault(claim, List.of()));
      }
    }
    return also;
  }

  /** Whether it waits for a successor. */
  boolean handingOver() {
    return standings.values().stream()
        .anyMatch(s -> s instanceof Standing.Answering answering && answering.handingOver());
  }

  List<Standing.Answering> answering() {
    return standings.values().stream()
        .filter(Standing.Answering.class::isInstance)
        .map(Standing.Answering.class::cast)
        .toList();
  }
}
