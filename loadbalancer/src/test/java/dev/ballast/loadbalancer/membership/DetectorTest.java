package dev.ballast.loadbalancer.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.membership.Heartbeat.Phase;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DetectorTest {
  private static final long MILLI = 1_000_000;
  private Detector detector = new Detector("me", Timing.DEFAULT, new Random(1), 0);
  private long sequence;

  @BeforeEach
  void nobody_else_is_expected() {
    detector.expect(Set.of("me"), 0);
  }

  @Test
  void owns_nothing_until_it_has_listened() {
    runUntil(300);
    assertThat(detector.view(at(300)).ready()).isEmpty();
    assertThat(detector.lease().valid(at(300))).isFalse();

    runUntil(400);
    assertThat(detector.view(at(400)).ready()).containsExactly("me");
    assertThat(detector.lease().valid(at(400))).isTrue();
  }

  @Test
  void who_was_not_told_who_may_be_there_listens_from_when_it_is_told() {
    detector = new Detector("me", Timing.DEFAULT, new Random(1), 0);
    runUntil(5_000);
    assertThat(detector.view(at(5_000)).mine()).isEqualTo(Phase.JOINING);

    detector.expect(Set.of("other"), at(5_000));
    hear("other", Phase.READY, 1, 5_050);
    runFrom(5_100, 5_300);
    assertThat(detector.view(at(5_300)).mine()).isEqualTo(Phase.JOINING);
    runFrom(5_400, 5_400);
    assertThat(detector.view(at(5_400)).mine()).isEqualTo(Phase.READY);
  }

  @Test
  void who_does_not_hear_one_of_the_others_listens_longer_at_its_start_and_only_then() {
    detector.expect(Set.of("me", "dead"), 0);
    runUntil(900);
    assertThat(detector.view(at(900)).mine()).isEqualTo(Phase.JOINING);
    runFrom(1_000, 1_000);
    assertThat(detector.view(at(1_000)).mine()).isEqualTo(Phase.READY);

    detector.tick(at(5_000));
    runFrom(5_000, 5_400);
    assertThat(detector.view(at(5_400)).mine()).isEqualTo(Phase.READY);
  }

  @Test
  void who_answers_for_nothing_listens_anew_once_when_it_is_told_of_others() {
    runUntil(1_000);
    detector.expect(Set.of("me", "dead"), at(1_000));
    assertThat(detector.view(at(1_000)).mine()).isEqualTo(Phase.JOINING);
    assertThat(detector.lease().valid(at(1_000))).isFalse();

    runFrom(1_100, 2_000);
    assertThat(detector.view(at(2_000)).mine()).isEqualTo(Phase.READY);
    detector.expect(Set.of("me", "dead"), at(2_000));
    assertThat(detector.view(at(2_000)).mine()).isEqualTo(Phase.READY);
  }

  @Test
  void who_answers_for_something_goes_on_when_it_is_told_of_others() {
    runUntil(1_000);
    assertThat(detector.beat(Set.of(1L), at(1_050))).isNotEmpty();
    detector.expect(Set.of("me", "new"), at(1_060));

    assertThat(detector.view(at(1_060)).mine()).isEqualTo(Phase.READY);
    assertThat(detector.lease().valid(at(1_060))).isTrue();
  }

  @Test
  void a_speaker_that_falls_silent_is_gone_after_the_silence_and_not_before() {
    runUntil(1_000);
    hear("other", Phase.READY, 1, 1_000);

    assertThat(detector.view(at(1_399)).ready()).contains("other");
    assertThat(detector.view(at(1_400)).ready()).doesNotContain("other");
  }

  @Test
  void a_speaker_that_says_goodbye_is_no_candidate_at_once() {
    runUntil(1_000);
    hear("other", Phase.READY, 1, 1_000);
    hear("other", Phase.LEAVING, 1, 1_001);

    assertThat(detector.view(at(1_001)).ready()).containsExactly("me");
  }

  @Test
  void one_that_was_stopped_has_no_lease_when_it_goes_on_and_listens_anew() {
    runUntil(1_000);
    assertThat(detector.lease().valid(at(1_299))).isTrue();
    assertThat(detector.lease().valid(at(1_300))).isFalse();

    detector.tick(at(5_000));

    assertThat(detector.lease().valid(at(5_000))).isFalse();
    assertThat(detector.view(at(5_000)).mine()).isEqualTo(Phase.JOINING);
    runFrom(5_000, 5_400);
    assertThat(detector.lease().valid(at(5_400))).isTrue();
  }

  @Test
  void one_that_sends_before_it_notices_that_it_was_stopped_does_not_prolong_its_lease() {
    runUntil(1_000);

    assertThat(detector.beat(Set.of(), at(5_000)).getFirst().phase()).isEqualTo(Phase.JOINING);
    assertThat(detector.lease().valid(at(5_000))).isFalse();
  }

  @Test
  void one_that_was_stopped_does_not_take_the_others_for_dead() {
    runUntil(1_000);
    hear("other", Phase.READY, 1, 1_000);

    detector.tick(at(60_000));

    assertThat(detector.view(at(60_000)).ready()).containsExactly("other");
  }

  @Test
  void one_that_stalls_again_and_again_joins_later_while_others_are_ready() {
    long now = 400;
    runUntil(now);
    for (int stall = 0; stall < 4; stall++) {
      now += 1_000;
      detector.tick(at(now));
      now = runUntilReady(now);
    }

    long stalledAt = now + 1_000;
    detector.tick(at(stalledAt));
    assertThat(runUntilReady(stalledAt) - stalledAt).isGreaterThan(4_000);
  }

  @Test
  void one_that_stalls_while_nobody_else_is_ready_is_back_soon() {
    runUntil(400);
    for (long stall = 1; stall < 10; stall++) {
      detector.tick(at(stall * 2_000));
      runFrom(stall * 2_000, stall * 2_000 + 400);
      assertThat(detector.view(at(stall * 2_000 + 400)).mine()).isEqualTo(Phase.READY);
    }
  }

  @Test
  void late_and_repeated_heartbeats_of_a_former_life_change_nothing() {
    runUntil(1_000);
    Heartbeat old = new Heartbeat("other", 1, 10, Phase.READY, Set.of(), 0, 1);
    detector.heard(old, at(1_000));
    detector.heard(new Heartbeat("other", 2, 0, Phase.JOINING, Set.of(), 0, 1), at(1_010));

    detector.heard(new Heartbeat("other", 1, 11, Phase.READY, Set.of(), 0, 1), at(1_020));
    detector.heard(old, at(1_030));

    assertThat(detector.view(at(1_030)).ready()).containsExactly("me");
  }

  @Test
  void knows_what_others_claim_in_as_many_parts_as_they_come() {
    runUntil(1_000);
    detector.heard(new Heartbeat("o", 1, 0, Phase.READY, Set.of(1L), 0, 2), at(1_000));
    detector.heard(new Heartbeat("o", 1, 1, Phase.READY, Set.of(2L), 1, 2), at(1_000));
    assertThat(detector.view(at(1_000)).claims("o", 1)).isTrue();
    assertThat(detector.view(at(1_000)).claims("o", 2)).isTrue();

    detector.heard(new Heartbeat("o", 1, 2, Phase.READY, Set.of(2L), 0, 1), at(1_100));
    assertThat(detector.view(at(1_100)).claims("o", 1)).isFalse();
  }

  private void runUntil(long millis) {
    runFrom(0, millis);
  }

  private void runFrom(long from, long to) {
    for (long t = from; t <= to; t += 100) {
      detector.tick(at(t));
      assertThat(detector.beat(Set.of(), at(t))).isNotEmpty();
    }
  }

  private long runUntilReady(long from) {
    for (long t = from; t < from + 30_000; t += 100) {
      hear("other", Phase.READY, 1, t);
      detector.tick(at(t));
      assertThat(detector.beat(Set.of(), at(t))).isNotEmpty();
      if (detector.view(at(t)).mine() == Phase.READY) {
        return t;
      }
    }
    throw new AssertionError("never ready");
  }

  private void hear(String node, Phase phase, long life, long millis) {
    detector.heard(new Heartbeat(node, life, sequence++, phase, Set.of(), 0, 1), at(millis));
  }

  private static long at(long millis) {
    return millis * MILLI;
  }
}
