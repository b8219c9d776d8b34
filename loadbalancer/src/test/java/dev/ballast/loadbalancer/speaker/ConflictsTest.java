package dev.ballast.loadbalancer.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Mac;
import dev.ballast.loadbalancer.speaker.Conflicts.Claim;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ConflictsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Address VIP = Address.parse("192.0.2.10").orElseThrow();
  private static final Claim CLAIM = new Claim(VIP, Mac.parse("02:b1:0a:4d:00:0b"), "eth0");
  private static final long SETTLED = 0;
  private final Conflicts conflicts = new Conflicts(PATIENCE);

  /** Makes it the owner since so long that its predecessor is silent at {@link #SETTLED}. */
  @BeforeEach
  void own() {
    assertThat(conflicts.due(Set.of(VIP), SETTLED - PATIENCE.toNanos())).isEmpty();
  }

  @Test
  void a_predecessor_that_is_heard_yet_is_no_conflict() {
    conflicts.hear(CLAIM, SETTLED - 1);

    assertThat(conflicts.due(Set.of(VIP), PATIENCE.toNanos())).isEmpty();
    conflicts.hear(CLAIM, PATIENCE.toNanos());
    assertThat(conflicts.due(Set.of(VIP), 2 * PATIENCE.toNanos())).hasSize(1);
  }

  @Test
  void who_becomes_the_owner_again_has_a_predecessor_again() {
    assertThat(conflicts.due(Set.of(), SETTLED)).isEmpty();
    assertThat(conflicts.due(Set.of(VIP), SETTLED + 1)).isEmpty();
    conflicts.hear(CLAIM, SETTLED + 2);

    assertThat(conflicts.due(Set.of(VIP), SETTLED + 2 * PATIENCE.toNanos())).isEmpty();
  }

  @Test
  void what_another_speaker_explains_is_no_conflict_whichever_is_heard_first() {
    conflicts.hear(CLAIM, SETTLED);
    conflicts.explained(Set.of(VIP), SETTLED + 1);
    conflicts.hear(CLAIM, SETTLED + 2);

    assertThat(conflicts.due(Set.of(VIP), SETTLED + 2 + PATIENCE.toNanos())).isEmpty();
  }

  @Test
  void what_another_speaker_explained_once_is_a_conflict_when_it_goes_on() {
    conflicts.explained(Set.of(VIP), SETTLED);
    long later = SETTLED + PATIENCE.toNanos();
    conflicts.hear(CLAIM, later);

    assertThat(conflicts.due(Set.of(VIP), later + PATIENCE.toNanos())).containsExactly(CLAIM);
  }

  @Test
  void what_another_speaker_says_of_one_address_explains_nothing_of_another() {
    conflicts.hear(CLAIM, SETTLED);
    conflicts.explained(Set.of(Address.parse("192.0.2.11").orElseThrow()), SETTLED + 1);

    assertThat(conflicts.due(Set.of(VIP), PATIENCE.toNanos())).containsExactly(CLAIM);
  }

  @Test
  void believes_a_claim_when_the_owner_is_still_the_owner() {
    conflicts.hear(CLAIM, SETTLED);

    assertThat(conflicts.due(Set.of(VIP), PATIENCE.toNanos() - 1)).isEmpty();
    assertThat(conflicts.due(Set.of(VIP), PATIENCE.toNanos())).isEqualTo(List.of(CLAIM));
  }

  @Test
  void a_new_owner_is_no_conflict() {
    conflicts.hear(CLAIM, SETTLED);

    assertThat(conflicts.due(Set.of(), PATIENCE.toNanos() / 2)).isEmpty();
    assertThat(conflicts.due(Set.of(VIP), PATIENCE.toNanos())).isEmpty();
  }

  @Test
  void says_the_same_again_after_a_while_only() {
    conflicts.hear(CLAIM, SETTLED);
    long said = PATIENCE.toNanos();
    assertThat(conflicts.due(Set.of(VIP), said)).hasSize(1);

    conflicts.hear(CLAIM, said + 1);
    assertThat(conflicts.due(Set.of(VIP), said + PATIENCE.toNanos() + 1)).isEmpty();
    long later = said + Conflicts.REPEAT.toNanos();
    conflicts.hear(CLAIM, later);
    assertThat(conflicts.due(Set.of(VIP), later + PATIENCE.toNanos())).hasSize(1);
  }
}
