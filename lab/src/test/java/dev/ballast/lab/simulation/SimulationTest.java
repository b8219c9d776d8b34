package dev.ballast.lab.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SimulationTest {
  private final Simulation simulation = new Simulation(1);
  private final List<String> seen = new ArrayList<>();

  @Test
  void events_happen_in_the_order_of_their_times_and_then_of_their_making() {
    simulation.after(Duration.ofMillis(20), () -> seen.add("late"));
    simulation.after(Duration.ofMillis(10), () -> seen.add("first"));
    simulation.after(Duration.ofMillis(10), () -> seen.add("second"));

    simulation.run(Duration.ofMillis(15));
    assertThat(seen).containsExactly("first", "second");
    simulation.run(Duration.ofMillis(5));
    assertThat(seen).containsExactly("first", "second", "late");
  }

  @Test
  void time_passes_without_events_too() {
    simulation.run(Duration.ofHours(1));

    assertThat(simulation.nanoTime()).isEqualTo(Duration.ofHours(1).toNanos());
    assertThat(simulation.clock().instant()).isEqualTo(Instant.parse("2026-01-01T01:00:00Z"));
  }

  @Test
  void an_event_sees_the_time_it_was_made_for() {
    simulation.after(Duration.ofMillis(7), () -> seen.add("at " + simulation.nanoTime()));
    simulation.run(Duration.ofSeconds(1));

    assertThat(seen).containsExactly("at 7000000");
  }

  @Test
  void repeats_until_it_is_cancelled() {
    var ticks = simulation.every(Duration.ofMillis(10), () -> seen.add("tick"));
    simulation.run(Duration.ofMillis(35));
    ticks.cancel();
    simulation.run(Duration.ofSeconds(1));

    assertThat(seen).hasSize(3);
  }

  @Test
  void stops_at_the_event_after_which_something_holds() {
    simulation.every(Duration.ofMillis(10), () -> seen.add("tick"));

    assertThat(simulation.runUntil(() -> seen.size() == 2, Duration.ofSeconds(1))).isTrue();
    assertThat(simulation.nanoTime()).isEqualTo(Duration.ofMillis(20).toNanos());
    assertThat(simulation.runUntil(() -> seen.size() == 1_000, Duration.ofSeconds(1))).isFalse();
  }

  @Test
  void refuses_the_past() {
    assertThatThrownBy(() -> simulation.after(Duration.ofMillis(-1), () -> {}))
        .hasMessageContaining("is in the past");
  }
}
