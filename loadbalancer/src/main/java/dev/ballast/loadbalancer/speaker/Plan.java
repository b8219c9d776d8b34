package dev.ballast.loadbalancer.speaker;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a speaker does now.
 *
 * @param claims what it tells the others that it answers for
 */
record Plan(Map<String, Standing> standings, Announced announced, Set<Long> claims) {
  static final Plan NOTHING = new Plan(Map.of(), Announced.NOTHING, Set.of());

  Plan {
    standings = Collections.unmodifiableMap(new TreeMap<>(standings));
    claims = Set.copyOf(claims);
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
