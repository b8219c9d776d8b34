package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Advertisement;
import dev.ballast.loadbalancer.layer2.Announceable;
import dev.ballast.loadbalancer.layer2.Candidate;
import dev.ballast.loadbalancer.layer2.Election;
import dev.ballast.loadbalancer.layer2.Tenure;
import dev.ballast.loadbalancer.layer2.Withdrawal;
import dev.ballast.loadbalancer.membership.Claims;
import dev.ballast.loadbalancer.membership.View;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Decides for which addresses this speaker answers: from what the objects say, who is there, and
 * what it answered for before. No I/O, no clock. One thread.
 */
final class Announcer {
  private final Duration patience;
  private Map<String, Tenure> tenures = Map.of();

  /**
   * Starts with nothing.
   *
   * @param patience how long to answer on for a successor that does not claim
   */
  Announcer(Duration patience) {
    this.patience = patience;
  }

  Plan decide(Knowledge knowledge, View view, long now) {
    Map<String, Standing> standings = new TreeMap<>();
    Map<String, Tenure> next = new HashMap<>();
    Map<Address, Set<String>> addresses = new HashMap<>();
    Map<Long, List<Address>> claimed = new HashMap<>();
    for (Knowledge.Subject subject : knowledge.services()) {
      switch (subject) {
        case Knowledge.Subject.Withhold(String service, Withdrawal word, String why) ->
            standings.put(
                service, new Standing.Silent(service, word, why, Optional.empty(), List.of()));
        case Knowledge.Subject.Announce announce -> {
          Election election = election(announce, knowledge, view);
          String term = term(announce);
          Tenure tenure =
              tenures
                  .getOrDefault(term, Tenure.NONE)
                  .next(election.owner(), term, view, patience, now);
          if (tenure.answering()) {
            next.put(term, tenure);
            claimed.put(Claims.key(term), announce.what().addresses());
            Standing.Answering answering = answering(announce, election, knowledge, view);
            standings.put(announce.service(), answering);
            answering
                .addresses()
                .forEach(address -> addresses.merge(address, answering.links(), Announcer::both));
          } else {
            standings.put(announce.service(), silent(announce, election, view));
          }
        }
      }
    }
    tenures = next;
    return new Plan(standings, new Announced(addresses), claimed);
  }

  /** What a tenure is of: services that share an address may have different candidates. */
  private static String term(Knowledge.Subject.Announce announce) {
    return announce.service() + "#" + announce.what().ranked();
  }

  private static Election election(
      Knowledge.Subject.Announce announce, Knowledge knowledge, View view) {
    return Election.of(
        announce.what(),
        announce.advertisements(),
        knowledge.nodes(),
        view.ready(),
        knowledge.ignoreExcludeLabel());
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
      Knowledge.Subject.Announce announce, Election election, View view) {
    String why =
        election.losers().stream()
            .filter(loser -> loser.node().equals(view.me()))
            .map(Election.Loser::reason)
            .findFirst()
            .orElse(
                election.owner().equals(Optional.of(view.me()))
                    ? "this speaker may not own anything yet: it is " + view.mine()
                    : "there is no Node object named " + view.me());
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
