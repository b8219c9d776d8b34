package dev.ballast.loadbalancer.membership;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who is there, as one speaker sees it.
 *
 * @param me the speaker itself
 * @param mine what it may do itself
 * @param ready the speakers that may own addresses; itself among them if it may
 * @param claimed what each other speaker answers for, as it says
 */
public record View(
    String me, Heartbeat.Phase mine, Set<String> ready, Map<String, Set<Long>> claimed) {
  public View {
    ready = java.util.Collections.unmodifiableSet(new TreeSet<>(ready));
    claimed = java.util.Collections.unmodifiableMap(new TreeMap<>(claimed));
  }

  /** Whether another speaker says that it answers for an address. */
  public boolean claims(String node, long claim) {
    return claimed.getOrDefault(node, Set.of()).contains(claim);
  }
}
