package dev.ballast.loadbalancer.allocation;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The addresses that services with the same keys share. A search remembers up to where it found
 * every address occupied, so that many services with one key and one port do not each look at all
 * addresses again.
 */
final class SharingGroup<P extends Comparable<P>> {
  private final TreeSet<P> places = new TreeSet<>();
  private final Map<Set<Port>, P> occupiedUpTo = new HashMap<>();

  /** What services must agree in. */
  record Keys(String sharingKey, String backendKey) {}

  void add(P place) {
    if (places.add(place) && !place.equals(places.last())) {
      // It may lie before where a search stopped.
      occupiedUpTo.clear();
    }
  }

  /** The first place that fits; a place that once did not fit these ports never will. */
  Optional<P> first(Set<Port> ports, Predicate<P> fits) {
    P seen = occupiedUpTo.get(ports);
    for (P place : seen == null ? places : places.tailSet(seen, false)) {
      if (fits.test(place)) {
        return Optional.of(place);
      }
      occupiedUpTo.put(ports, place);
    }
    return Optional.empty();
  }
}
