package dev.ballast.loadbalancer.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Advertisement;
import dev.ballast.loadbalancer.layer2.Announceable;
import dev.ballast.loadbalancer.layer2.Candidate;
import dev.ballast.loadbalancer.membership.Claims;
import dev.ballast.loadbalancer.membership.Heartbeat.Link;
import dev.ballast.loadbalancer.membership.Heartbeat.Phase;
import dev.ballast.loadbalancer.membership.View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AnnouncerTest {
  private static final Advertisement ALL =
      new Advertisement("all", Set.of(), List.of(), List.of(), Set.of(), List.of(), List.of());
  private static final Advertisement ON_ETH1 =
      new Advertisement("e", Set.of(), List.of(), List.of(), Set.of("eth1"), List.of(), List.of());
  private static final long SECOND = 1_000_000_000L;

  @Test
  void seven_speakers_share_a_hundred_addresses_evenly_and_agree() {
    Set<String> names = names(7);
    Knowledge knowledge = knowledge(100, names, ALL);
    Map<String, Integer> counts = new HashMap<>();
    Set<String> owned = new HashSet<>();
    for (String name : names) {
      Plan plan =
          settle(new Announcer(Duration.ofSeconds(2), new Gate()), knowledge, view(name, names));
      counts.put(name, plan.answering().size());
      plan.answering().forEach(answering -> assertThat(owned.add(answering.service())).isTrue());
    }

    assertThat(owned).hasSize(100);
    assertThat(counts.values()).allSatisfy(count -> assertThat(count).isBetween(10, 15));
  }

  @Test
  void what_a_ready_speaker_claims_stays_there_whoever_comes() {
    Knowledge knowledge = knowledge(9, names(3), ALL);
    Map<String, Set<Long>> claimed = Map.of("n1", claims(knowledge), "n2", Set.of());
    View view = new View("n3", Phase.READY, names(3), claimed);

    Plan plan = settle(new Announcer(Duration.ofSeconds(2), new Gate()), knowledge, view);

    assertThat(plan.claims()).isEmpty();
    assertThat(plan.standings().values())
        .allSatisfy(standing ->
            assertThat(((Standing.Silent) standing).why()).contains("n1 answers for it already"));
  }

  @Test
  void what_one_that_was_late_claims_is_of_the_one_that_claims_it_too() {
    Knowledge knowledge = knowledge(1, names(3), ALL);
    Map<String, Set<Long>> claimed =
        Map.of("n1", claims(knowledge), "n2", claims(knowledge), "n3", Set.of());
    for (String late : List.of("n1", "n2")) {
      View view =
          new View(
              "n3",
              Phase.READY,
              names(3),
              Set.of(late),
              claimed,
              Map.of(),
              Map.of(),
              Optional.empty());
      Plan plan = settle(new Announcer(Duration.ofSeconds(2), new Gate()), knowledge, view);
      Standing.Silent silent = (Standing.Silent) plan.standings().get("d/s0");
      assertThat(silent.election().orElseThrow().owner()).contains(late.equals("n1") ? "n2" : "n1");
    }
  }

  @Test
  void one_that_cannot_answer_on_the_interface_that_is_asked_for_is_not_elected() {
    Knowledge knowledge = knowledge(6, names(2), ON_ETH1);
    Map<String, Set<Link>> links =
        Map.of("n1", Set.of(new Link("eth0", 1)), "n2", Set.of(new Link("eth1", 2)));
    View view =
        new View(
            "n2", Phase.READY, names(2), Set.of(), Map.of(), links, Map.of(), Optional.empty());

    Plan plan = settle(new Announcer(Duration.ofSeconds(2), new Gate()), knowledge, view);

    assertThat(plan.answering()).hasSize(6);
    assertThat(plan.answering().getFirst().election().losers().getFirst().reason())
        .isEqualTo("its speaker cannot answer on any of the interfaces [eth1]");
  }

  @Test
  void asks_before_it_announces_what_nobody_had_and_not_when_it_takes_over() {
    Knowledge knowledge = knowledge(1, names(2), ALL);
    Announcer fresh = new Announcer(Duration.ofSeconds(2), new Gate());
    View alone = view("n1", names(1));
    assertThat(fresh.decide(knowledge, alone, 0).claims()).isEmpty();
    assertThat(fresh.decide(knowledge, alone, SECOND).claims()).isNotEmpty();

    Announcer successor = new Announcer(Duration.ofSeconds(2), new Gate());
    View other = new View("n1", Phase.READY, names(2), Map.of("n2", claims(knowledge)));
    assertThat(successor.decide(knowledge, other, 0).claims()).isEmpty();
    assertThat(successor.decide(knowledge, alone, SECOND).claims()).isNotEmpty();
  }

  /** Decides until the probes are over. */
  private static Plan settle(Announcer announcer, Knowledge knowledge, View view) {
    Plan first = announcer.decide(knowledge, view, 0);
    assertThat(first.claims()).isEmpty();
    return announcer.decide(knowledge, view, SECOND);
  }

  private static View view(String me, Set<String> ready) {
    return new View(me, Phase.READY, ready, Map.of());
  }

  private static Set<String> names(int count) {
    Set<String> names = new TreeSet<>();
    for (int i = 1; i <= count; i++) {
      names.add("n" + i);
    }
    return names;
  }

  private static Knowledge knowledge(int services, Set<String> nodes, Advertisement advertisement) {
    List<Knowledge.Subject> subjects = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      String name = "d/s" + i;
      Address address = Address.parse("192.0.2." + i).orElseThrow();
      subjects.add(
          new Knowledge.Subject.Announce(
              name,
              new Announceable(name, Map.of(), List.of(address), "", false, true, Set.of()),
              List.of(advertisement),
              List.of()));
    }
    return new Knowledge(
        subjects,
        nodes.stream().map(node -> new Candidate(node, Map.of(), false)).toList(),
        Map.of(),
        false);
  }

  private static Set<Long> claims(Knowledge knowledge) {
    Set<Long> claims = new HashSet<>();
    for (Knowledge.Subject subject : knowledge.services()) {
      if (subject instanceof Knowledge.Subject.Announce announce) {
        claims.add(Claims.key(announce.service() + "#" + announce.what().ranked()));
      }
    }
    return claims;
  }
}
