package dev.ballast.loadbalancer.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class GratuitousTest {
  private static final Address VIP = Address.parse("192.0.2.10").orElseThrow();
  private static final long MILLI = 1_000_000;
  private final Gratuitous gratuitous = new Gratuitous(Duration.ZERO);

  @Test
  void speaks_at_once_soon_again_and_for_five_seconds() {
    gratuitous.start(Set.of(VIP), 0);
    List<Long> spoken = new ArrayList<>();
    for (long t = 0; t < 10_000; t++) {
      if (!gratuitous.due(t * MILLI).isEmpty()) {
        spoken.add(t);
      }
    }

    assertThat(spoken).containsExactly(0L, 100L, 1_100L, 2_200L, 3_300L, 4_400L);
    assertThat(gratuitous.next()).isEmpty();
  }

  @Test
  void does_not_make_up_for_what_it_missed() {
    gratuitous.start(Set.of(VIP), 0);

    assertThat(gratuitous.due(3_000 * MILLI)).containsExactly(VIP);
    assertThat(gratuitous.due(3_001 * MILLI)).isEmpty();
    assertThat(gratuitous.next()).hasValue(3_300 * MILLI);
  }

  @Test
  void is_silent_about_what_is_not_announced_any_more() {
    gratuitous.start(Set.of(VIP), 0);
    gratuitous.retain(Set.of());

    assertThat(gratuitous.due(0)).isEmpty();
  }

  @Test
  void says_it_again_at_the_interval_for_as_long_as_the_address_is_announced() {
    Gratuitous periodic = new Gratuitous(Duration.ofSeconds(60));
    periodic.start(Set.of(VIP), 0);
    List<Long> spoken = new ArrayList<>();
    for (long t = 0; t < 200_000; t += 100) {
      if (!periodic.due(t * MILLI).isEmpty()) {
        spoken.add(t);
      }
    }

    assertThat(spoken)
        .containsExactly(0L, 100L, 1_100L, 2_200L, 3_300L, 4_400L, 64_400L, 124_400L, 184_400L);
    periodic.retain(Set.of());
    assertThat(periodic.next()).isEmpty();
  }
}
