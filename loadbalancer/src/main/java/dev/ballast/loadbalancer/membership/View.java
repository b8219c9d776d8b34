package dev.ballast.loadbalancer.membership;

import dev.ballast.loadbalancer.membership.Heartbeat.Link;
import dev.ballast.loadbalancer.membership.Heartbeat.Phase;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who is there, as one speaker sees it.
 *
 * @param me the speaker itself
 * @param mine what it may do itself
 * @param ready the speakers that may own addresses; itself among them if it may
 * @param late those of them that did not run for a while: what another one claims is not theirs
 * @param claimed what each other speaker answers for, as it says
 * @param links where each speaker can answer; one that is not named can answer everywhere
 * @param macs the Ethernet addresses of all speakers that were ever heard
 * @param unheardBy a ready speaker that does not hear this one, which therefore yields to it
 */
public record View(
    String me,
    Phase mine,
    Set<String> ready,
    Set<String> late,
    Map<String, Set<Long>> claimed,
    Map<String, Set<Link>> links,
    Map<Long, String> macs,
    Optional<String> unheardBy) {
  public View {
    ready = Collections.unmodifiableSet(new TreeSet<>(ready));
    late = Collections.unmodifiableSet(new TreeSet<>(late));
    claimed = Collections.unmodifiableMap(new TreeMap<>(claimed));
    links = Map.copyOf(links);
    macs = Map.copyOf(macs);
  }

  /** One in which everybody can answer everywhere. */
  public View(String me, Phase mine, Set<String> ready, Map<String, Set<Long>> claimed) {
    this(me, mine, ready, Set.of(), claimed, Map.of(), Map.of(), Optional.empty());
  }

  /** Whether another speaker says that it answers for an address. */
  public boolean claims(String node, long claim) {
    return claimed.getOrDefault(node, Set.of()).contains(claim);
  }

  /** Whether a speaker can answer on one of these interfaces; on any if there are none. */
  public boolean able(String node, Set<String> interfaces) {
    Set<Link> of = links.get(node);
    return of == null
        || (interfaces.isEmpty()
            ? !of.isEmpty()
            : of.stream().anyMatch(link -> interfaces.contains(link.name())));
  }
}
