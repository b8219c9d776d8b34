package dev.ballast.loadbalancer.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.membership.Detector.Reception;
import dev.ballast.loadbalancer.membership.Heartbeat.Heard;
import dev.ballast.loadbalancer.membership.Heartbeat.Link;
import dev.ballast.loadbalancer.membership.Heartbeat.Phase;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DetectorTest {
  private static final long MILLI = 1_000_000;

  /** Beat 100 ms, lease 300 ms, silence 400 ms, join 500 ms, first join 1 s. */
  private static final Timing TIMING = Timing.of(Duration.ofMillis(100), Duration.ofMillis(400));

  private static final Set<Link> LINKS = Set.of(new Link("eth0", 0x0200_0000_0002L));
  private Detector detector = new Detector("me", TIMING, new Random(1), 0);
  private Map<Integer, Heard> hears = Map.of(Heartbeat.id("me"), new Heard(Phase.READY, true));
  private Set<Long> claims = Set.of();
  private final Map<String, Long> sequences = new HashMap<>();

  @BeforeEach
  void two_others_are_expected() {
    detector.expect(Set.of("me"), 0);
  }

  @Test
  void owns_nothing_until_it_has_listened() {
    runFrom(0, 400);
    assertThat(detector.view(at(400)).ready()).isEmpty();
    assertThat(detector.lease().valid(at(400))).isFalse();

    runFrom(500, 500);
    assertThat(detector.view(at(500)).ready()).containsExactly("me");
    assertThat(detector.lease().valid(at(500))).isTrue();
  }

  @Test
  void one_that_was_not_told_who_may_be_there_listens_from_when_it_is_told() {
    detector = new Detector("me", TIMING, new Random(1), 0);
    runFrom(0, 5_000);
    assertThat(detector.view(at(5_000)).mine()).isEqualTo(Phase.JOINING);

    detector.expect(Set.of("me", "other"), at(5_000));
    hear("other", Phase.READY, 1, 5_050);
    runFrom(5_100, 5_400);
    assertThat(detector.view(at(5_400)).mine()).isEqualTo(Phase.JOINING);
    runFrom(5_500, 5_500);
    assertThat(detector.view(at(5_500)).mine()).isEqualTo(Phase.READY);
  }

  @Test
  void one_that_does_not_hear_one_of_the_others_listens_longer_at_its_start() {
    detector = new Detector("me", TIMING, new Random(1), 0);
    detector.expect(Set.of("me", "dead"), 0);
    runFrom(0, 900);
    assertThat(detector.view(at(900)).mine()).isEqualTo(Phase.JOINING);
    runFrom(1_000, 1_000);
    assertThat(detector.view(at(1_000)).mine()).isEqualTo(Phase.READY);
  }

  @Test
  void one_that_answers_for_nothing_listens_again_once_when_it_is_told_of_others() {
    runFrom(0, 1_000);
    detector.expect(Set.of("me", "dead"), at(1_000));
    assertThat(detector.view(at(1_000)).mine()).isEqualTo(Phase.JOINING);
    assertThat(detector.lease().valid(at(1_000))).isFalse();

    runFrom(1_100, 2_000);
    assertThat(detector.view(at(2_000)).mine()).isEqualTo(Phase.READY);
    detector.expect(Set.of("me", "dead"), at(2_000));
    assertThat(detector.view(at(2_000)).mine()).isEqualTo(Phase.READY);
  }

  @Test
  void one_that_answers_for_something_goes_on_when_it_is_told_of_others() {
    runFrom(0, 1_000);
    assertThat(detector.beat(Set.of(1L), at(1_050))).isNotEmpty();
    detector.expect(Set.of("me", "new"), at(1_060));

    assertThat(detector.view(at(1_060)).mine()).isEqualTo(Phase.READY);
    assertThat(detector.lease().valid(at(1_060))).isTrue();
  }

  @Test
  void a_speaker_that_falls_silent_is_gone_after_the_silence_and_not_before() {
    readyWith("other");
    hear("other", Phase.READY, 1, 2_000);

    assertThat(detector.view(at(2_399)).ready()).contains("other");
    assertThat(detector.view(at(2_400)).ready()).doesNotContain("other");
    assertThat(detector.nextChange(at(2_350))).isEqualTo(at(2_400));
  }

  @Test
  void a_speaker_that_says_goodbye_is_no_candidate_at_once() {
    readyWith("other");
    hear("other", Phase.LEAVING, 1, 2_001);

    assertThat(detector.view(at(2_001)).ready()).containsExactly("me");
  }

  @Test
  void a_forged_heartbeat_of_an_expected_speaker_is_not_believed_and_retires_nobody() {
    readyWith("other");

    assertThat(detector.heard(beat("other", 666, 1, Phase.READY, 12_345), at(2_010)))
        .isEqualTo(Reception.UNPROVEN);

    claims = Set.of(7L);
    hear("other", Phase.READY, 1, 2_020);
    assertThat(detector.view(at(2_020)).claims("other", 7)).isTrue();
    assertThat(detector.view(at(2_400)).ready()).contains("other");
  }

  @Test
  void heartbeats_recorded_in_an_earlier_incarnation_change_nothing_after_a_restart() {
    readyWith("other");
    long challenge = challengeFor("other");
    Heartbeat recorded = beat("other", 1, 1_000, Phase.READY, challenge);
    hear("other", Phase.JOINING, 2, 2_010);
    assertThat(detector.view(at(2_010)).ready()).containsExactly("me");

    assertThat(detector.heard(recorded, at(2_100))).isEqualTo(Reception.UNPROVEN);
    hear("other", Phase.READY, 2, 2_110);
    claims = Set.of(7L);
    hear("other", Phase.READY, 2, 2_120);

    assertThat(detector.view(at(2_120)).claims("other", 7)).isTrue();
  }

  @Test
  void heartbeats_recorded_before_its_own_restart_change_nothing() {
    readyWith("other");
    Heartbeat recorded = beat("other", 1, 1_000, Phase.READY, challengeFor("other"));
    detector = new Detector("me", TIMING, new Random(2), at(5_000));
    detector.expect(Set.of("me", "other"), at(5_000));

    assertThat(detector.heard(recorded, at(5_001))).isEqualTo(Reception.UNPROVEN);
    assertThat(detector.view(at(5_001)).ready()).isEmpty();
  }

  @Test
  void one_that_a_forger_with_the_challenge_displaced_is_believed_again_at_its_next_heartbeat() {
    readyWith("other");
    assertThat(detector.heard(beat("other", 666, 1, Phase.GONE, challengeFor("other")), at(2_010)))
        .isEqualTo(Reception.TAKEN);
    assertThat(detector.view(at(2_010)).ready()).containsExactly("me");

    hear("other", Phase.READY, 1, 2_020);
    assertThat(detector.view(at(2_020)).ready()).containsExactly("me", "other");
  }

  @Test
  void late_and_repeated_heartbeats_change_nothing() {
    readyWith("other");
    long last = sequences.get("other");

    assertThat(detector.heard(beat("other", 1, last, Phase.GONE, 0), at(2_010)))
        .isEqualTo(Reception.IGNORED);
    assertThat(detector.heard(beat("other", 1, last - 1, Phase.GONE, 0), at(2_010)))
        .isEqualTo(Reception.IGNORED);
    assertThat(detector.heard(beat("stranger", 1, 1, Phase.READY, 0), at(2_010)))
        .isEqualTo(Reception.IGNORED);
    assertThat(detector.heard(beat("me", 1, 1, Phase.READY, 0), at(2_010)))
        .isEqualTo(Reception.IGNORED);
  }

  @Test
  void two_detectors_prove_themselves_to_each_other_in_three_datagrams() {
    Detector one = new Detector("one", TIMING, new Random(3), 0);
    Detector two = new Detector("two", TIMING, new Random(4), 0);
    one.expect(Set.of("one", "two"), 0);
    two.expect(Set.of("one", "two"), 0);

    Heartbeat first = one.addressed(one.beat(Set.of(), 0).getFirst(), "two");
    assertThat(two.heard(first, 0)).isEqualTo(Reception.UNPROVEN);
    Heartbeat second = two.answer(first, Set.of(), 0).getFirst();
    assertThat(one.heard(second, 0)).isEqualTo(Reception.TAKEN);
    Heartbeat third = one.addressed(one.beat(Set.of(), 0).getFirst(), "two");
    assertThat(two.heard(third, 0)).isEqualTo(Reception.TAKEN);
  }

  @Test
  void one_that_only_a_third_hears_is_alive() {
    readyWith("a", "b");
    runFrom(2_100, 2_900, "a");
    assertThat(detector.view(at(2_900)).ready()).containsExactly("a", "me");

    hears =
        Map.of(
            Heartbeat.id("me"),
            new Heard(Phase.READY, true),
            Heartbeat.id("b"),
            new Heard(Phase.READY, true));
    runFrom(3_000, 3_900, "a");
    assertThat(detector.view(at(3_900)).ready()).containsExactly("a", "b", "me");

    hears =
        Map.of(
            Heartbeat.id("me"),
            new Heard(Phase.READY, true),
            Heartbeat.id("b"),
            new Heard(Phase.READY, false));
    runFrom(4_000, 4_100, "a");
    assertThat(detector.view(at(4_100)).able("b", Set.of())).isFalse();
  }

  @Test
  void one_that_a_ready_speaker_does_not_hear_yields_to_it() {
    readyWith("other");
    hears = Map.of();
    runFrom(2_100, 2_300, "other");
    assertThat(detector.view(at(2_300)).ready()).contains("me");
    runFrom(2_400, 2_600, "other");
    assertThat(detector.view(at(2_600)).ready()).containsExactly("other");
    assertThat(detector.view(at(2_600)).unheardBy()).contains("other");

    hears = Map.of(Heartbeat.id("me"), new Heard(Phase.READY, true));
    runFrom(2_700, 2_700, "other");
    assertThat(detector.view(at(2_700)).ready()).containsExactly("me", "other");
  }

  @Test
  void one_that_is_heard_through_a_third_yields_to_nobody() {
    readyWith("a", "b");
    for (long t = 2_100; t <= 3_000; t += 100) {
      hears = Map.of(Heartbeat.id("b"), new Heard(Phase.READY, true));
      hear("a", Phase.READY, 1, t);
      hears = Map.of(Heartbeat.id("me"), new Heard(Phase.READY, true));
      hear("b", Phase.READY, 1, t);
      runFrom(t, t);
    }
    assertThat(detector.view(at(3_000)).ready()).containsExactly("a", "b", "me");
  }

  @Test
  void tells_where_it_can_answer_and_nobody_asks_before_it_knows() {
    runFrom(0, 1_000);
    assertThat(detector.view(at(1_000)).able("me", Set.of())).isTrue();
    detector.able(Set.of());
    assertThat(detector.view(at(1_000)).able("me", Set.of())).isFalse();
    detector.able(LINKS);
    assertThat(detector.view(at(1_000)).able("me", Set.of("eth0"))).isTrue();
    assertThat(detector.view(at(1_000)).able("me", Set.of("eth1"))).isFalse();
    assertThat(detector.beat(Set.of(), at(1_000)).getFirst().links()).isEqualTo(LINKS);
  }

  @Test
  void one_that_was_stopped_answers_nothing_until_it_has_heard_the_others() {
    readyWith("other");
    detector.tick(at(6_000));

    assertThat(detector.lease().valid(at(6_000))).isFalse();
    assertThat(detector.view(at(6_000)).mine()).isEqualTo(Phase.LATE);
    assertThat(detector.view(at(6_000)).late()).containsExactly("me");
    assertThat(detector.timesLate()).isEqualTo(1);
    runFrom(6_100, 6_200);
    assertThat(detector.lease().valid(at(6_200))).isFalse();
    runFrom(6_300, 6_300);
    assertThat(detector.view(at(6_300)).mine()).isEqualTo(Phase.READY);
    assertThat(detector.lease().valid(at(6_300))).isTrue();
  }

  @Test
  void one_that_sends_before_it_notices_that_it_was_stopped_does_not_prolong_its_lease() {
    readyWith("other");

    assertThat(detector.beat(Set.of(), at(6_000)).getFirst().phase()).isEqualTo(Phase.LATE);
    assertThat(detector.lease().valid(at(6_000))).isFalse();
  }

  @Test
  void one_that_was_stopped_does_not_take_the_others_for_dead() {
    readyWith("other");
    detector.tick(at(60_000));

    assertThat(detector.view(at(60_000)).ready()).containsExactly("me", "other");
  }

  @Test
  void knows_what_others_claim_in_as_many_parts_as_they_come() {
    readyWith("o");
    assertThat(detector.heard(part("o", 100, Set.of(1L), 0, 2), at(2_000)))
        .isEqualTo(Reception.TAKEN);
    assertThat(detector.heard(part("o", 101, Set.of(2L), 1, 2), at(2_000)))
        .isEqualTo(Reception.TAKEN);
    assertThat(detector.view(at(2_000)).claims("o", 1)).isTrue();
    assertThat(detector.view(at(2_000)).claims("o", 2)).isTrue();

    assertThat(detector.heard(part("o", 102, Set.of(2L), 0, 1), at(2_100)))
        .isEqualTo(Reception.TAKEN);
    assertThat(detector.view(at(2_100)).claims("o", 1)).isFalse();
  }

  /** At 2000 ms everybody is ready and was just heard. */
  private void readyWith(String... others) {
    Set<String> all = new java.util.HashSet<>(List.of(others));
    all.add("me");
    detector.expect(all, 0);
    runFrom(0, 2_000, others);
    assertThat(detector.view(at(2_000)).ready()).isEqualTo(all);
  }

  private void runFrom(long from, long to, String... heard) {
    for (long t = from; t <= to; t += 100) {
      for (String other : heard) {
        hear(other, Phase.READY, 1, t);
      }
      detector.tick(at(t));
      assertThat(detector.beat(Set.of(), at(t))).isNotEmpty();
    }
  }

  /** As the real one would: it echoes what it was sent. */
  private void hear(String node, Phase phase, long incarnation, long millis) {
    long sequence = sequences.merge(node, 1L, Long::sum);
    assertThat(
            detector.heard(
                beat(node, incarnation, sequence, phase, challengeFor(node)), at(millis)))
        .isEqualTo(Reception.TAKEN);
  }

  private long challengeFor(String node) {
    return detector.addressed(beat("me", 0, 0, Phase.READY, 0), node).challenge();
  }

  private Heartbeat beat(String node, long incarnation, long sequence, Phase phase, long echo) {
    return new Heartbeat(
        node, incarnation, sequence, phase, LINKS, hears, true, claims, 0, 1, 1, echo);
  }

  private Heartbeat part(String node, long sequence, Set<Long> some, int part, int parts) {
    return new Heartbeat(
        node, 1, sequence, Phase.READY, LINKS, hears, true, some, part, parts, 1, 0);
  }

  private static long at(long millis) {
    return millis * MILLI;
  }
}
