package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Advertisement;
import dev.ballast.loadbalancer.layer2.Announceable;
import dev.ballast.loadbalancer.layer2.Candidate;
import dev.ballast.loadbalancer.layer2.Election;
import dev.ballast.loadbalancer.layer2.Tenure;
import dev.ballast.loadbalancer.layer2.Withdrawal;
import dev.ballast.loadbalancer.membership.Claims;
import dev.ballast.loadbalancer.membership.Heartbeat.Phase;
import dev.ballast.loadbalancer.membership.View;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Decides for which addresses this speaker answers: from what the objects say, who is there, and
 * what it answered for before. No I/O, no clock. One thread.
 *
 * <p>Ownership is sticky: a ready speaker that says in its heartbeats that it answers keeps the
 * address. What nobody has goes to the first by MetalLB's order that has less than an even share.
 */
final class Announcer {
  /** An address whose owner vanished this short ago is taken over without asking who has it. */
  private static final Duration LATELY = Duration.ofSeconds(10);

  private final Duration patience;
  private final Gate gate;
  private final Map<String, Long> keys = new HashMap<>();
  private final Map<Long, Long> lastClaimed = new HashMap<>();
  private Map<String, Tenure> tenures = Map.of();

  /**
   * Starts with nothing.
   *
   * @param patience how long to answer on for a successor that does not claim
   */
  Announcer(Duration patience, Gate gate) {
    this.patience = patience;
    this.gate = gate;
  }

  Plan decide(Knowledge knowledge, View view, long now) {
    Map<String, Standing> standings = new TreeMap<>();
    Map<String, Tenure> next = new HashMap<>();
    Map<Address, Set<String>> addresses = new HashMap<>();
    Map<Long, List<Address>> claimed = new HashMap<>();
    Shares shares = shares(knowledge, view, now);
    for (Knowledge.Subject subject : knowledge.services()) {
      switch (subject) {
        case Knowledge.Subject.Withhold(String service, Withdrawal word, String why) ->
            standings.put(
                service, new Standing.Silent(service, word, why, Optional.empty(), List.of()));
        case Knowledge.Subject.Announce announce -> {
          String term = term(announce);
          Election election =
              Election.of(
                  announce.what(),
                  announce.advertisements(),
                  knowledge.nodes(),
                  view,
                  shares.holding(announce.what().ranked(), incumbents(term, view)),
                  knowledge.ignoreExcludeLabel());
          election.owner().ifPresent(owner -> shares.give(announce.what().ranked(), owner));
          Tenure before = tenures.getOrDefault(term, Tenure.NONE);
          Tenure tenure = before.next(election.owner(), term, view, patience, now);
          Optional<String> closed =
              tenure.answering()
                  ? closed(before.answering(), announce.what().addresses(), key(term), now)
                  : Optional.empty();
          if (tenure.answering() && closed.isEmpty()) {
            next.put(term, tenure);
            claimed.put(key(term), announce.what().addresses());
            Standing.Answering answering = answering(announce, election, knowledge, view);
            standings.put(announce.service(), answering);
            answering
                .addresses()
                .forEach(address -> addresses.merge(address, answering.links(), Announcer::both));
          } else {
            standings.put(announce.service(), silent(announce, election, view, closed));
          }
        }
      }
    }
    tenures = next;
    gate.owned(addresses.keySet(), now);
    return new Plan(standings, new Announced(addresses, gate.watched()), claimed);
  }

  private Optional<String> closed(boolean before, List<Address> addresses, long key, long now) {
    if (before) {
      return gate.fenced(addresses, now);
    }
    Long last = lastClaimed.get(key);
    return gate.closed(addresses, last != null && now - last < LATELY.toNanos(), now);
  }

  /** The ready speakers that answer for it; those that were late only if there is no other. */
  private Set<String> incumbents(String term, View view) {
    long key = key(term);
    Set<String> all = new HashSet<>();
    for (String node : view.ready()) {
      boolean holds =
          node.equals(view.me())
              ? tenures.getOrDefault(term, Tenure.NONE).answering()
              : view.claims(node, key);
      if (holds) {
        all.add(node);
      }
    }
    Set<String> punctual = new HashSet<>(all);
    punctual.removeAll(view.late());
    if (view.mine() == Phase.LATE) {
      punctual.remove(view.me());
    }
    return punctual.isEmpty() ? all : punctual;
  }

  /** Counts what each speaker has, and remembers what others claim. */
  private Shares shares(Knowledge knowledge, View view, long now) {
    Map<Address, String> owners = new HashMap<>();
    Set<Address> all = new HashSet<>();
    Set<String> terms = new HashSet<>();
    for (Knowledge.Subject subject : knowledge.services()) {
      if (subject instanceof Knowledge.Subject.Announce announce) {
        String term = term(announce);
        terms.add(term);
        long key = key(term);
        all.add(announce.what().ranked());
        incumbents(term, view).stream()
            .sorted()
            .findFirst()
            .ifPresent(owner -> owners.putIfAbsent(announce.what().ranked(), owner));
        if (view.claimed().values().stream().anyMatch(claims -> claims.contains(key))) {
          lastClaimed.put(key, now);
        }
      }
    }
    keys.keySet().retainAll(terms);
    lastClaimed.values().removeIf(last -> now - last >= LATELY.toNanos());
    return new Shares(owners, all.size(), view.ready().size());
  }

  private long key(String term) {
    return keys.computeIfAbsent(term, Claims::key);
  }

  /** What a tenure is of: services that share an address may have different candidates. */
  private static String term(Knowledge.Subject.Announce announce) {
    return announce.service() + "#" + announce.what().ranked();
  }

  private static Standing.Answering answering(
      Knowledge.Subject.Announce announce, Election election, Knowledge knowledge, View view) {
    return new Standing.Answering(
        announce.service(),
        announce.what().addresses(),
        links(announce.what(), announce.advertisements(), knowledge, view.me()),
        !election.owner().equals(Optional.of(view.me())),
        election,
        announce.notes());
  }

  private static Set<String> links(
      Announceable what, List<Advertisement> advertisements, Knowledge knowledge, String me) {
    return knowledge.nodes().stream()
        .filter(node -> node.node().equals(me))
        .findFirst()
        .map((Candidate node) -> Election.interfaces(what, advertisements, node))
        .orElse(Set.of());
  }

  private static Standing.Silent silent(
      Knowledge.Subject.Announce announce, Election election, View view, Optional<String> closed) {
    String why =
        closed.orElseGet(() ->
            election.losers().stream()
                .filter(loser -> loser.node().equals(view.me()))
                .map(Election.Loser::reason)
                .findFirst()
                .orElse(
                    election.owner().equals(Optional.of(view.me()))
                        ? "this speaker may not own anything yet: it is " + view.mine()
                        : "there is no Node object named " + view.me()));
    return new Standing.Silent(
        announce.service(),
        election.withdrawal(view.me()).orElse(Withdrawal.NOT_OWNER),
        why,
        Optional.of(election),
        announce.notes());
  }

  /** The interfaces of two services that share an address; empty means all. */
  private static Set<String> both(Set<String> one, Set<String> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return Set.of();
    }
    Set<String> both = new TreeSet<>(one);
    both.addAll(other);
    return both;
  }
}
