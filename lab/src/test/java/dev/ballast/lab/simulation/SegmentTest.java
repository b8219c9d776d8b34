package dev.ballast.lab.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.linux.netlink.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SegmentTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final Simulation simulation = new Simulation(7);
  private final Segment segment = new Segment(simulation);
  private final List<String> heard = new ArrayList<>();
  private final Segment.Station a = station("a", 1);
  private final Segment.Station b = station("b", 2);
  private final Segment.Station c = station("c", 3);

  private Segment.Station station(String name, int last) {
    return segment.attach(
        name,
        mac(last),
        frame -> heard.add(name + " hears " + frame.payload()[0] + " from " + frame.source()));
  }

  private static MacAddress mac(int last) {
    return MacAddress.of(new byte[] {2, 0, 0, 0, 0, (byte) last});
  }

  private void broadcast(Segment.Station from, int what) {
    from.send(MacAddress.BROADCAST, new byte[] {(byte) what});
    simulation.run(SECOND);
  }

  @Test
  void all_others_hear_a_broadcast_and_one_hears_what_is_for_it() {
    broadcast(a, 1);
    assertThat(heard)
        .containsExactlyInAnyOrder(
            "b hears 1 from 02:00:00:00:00:01", "c hears 1 from 02:00:00:00:00:01");

    heard.clear();
    a.send(mac(3), new byte[] {2});
    simulation.run(SECOND);
    assertThat(heard).containsExactly("c hears 2 from 02:00:00:00:00:01");
  }

  @Test
  void a_cut_holds_both_ways_until_it_heals() {
    segment.cut(List.of(a), List.of(b, c));
    broadcast(a, 1);
    broadcast(b, 2);
    assertThat(heard).containsExactly("c hears 2 from 02:00:00:00:00:02");

    heard.clear();
    segment.heal();
    broadcast(a, 3);
    assertThat(heard).hasSize(2);
  }

  @Test
  void what_a_paused_station_is_sent_waits_for_it() {
    b.pause();
    broadcast(a, 1);
    broadcast(b, 9);
    assertThat(heard).containsExactly("c hears 1 from 02:00:00:00:00:01");

    b.resume();
    assertThat(heard).contains("b hears 1 from 02:00:00:00:00:01");
  }

  @Test
  void what_a_dead_station_was_sent_is_lost() {
    b.kill();
    broadcast(a, 1);
    b.revive();
    broadcast(a, 2);

    assertThat(heard)
        .contains("b hears 2 from 02:00:00:00:00:01")
        .doesNotContain("b hears 1 from 02:00:00:00:00:01");
  }

  @Test
  void loses_the_share_that_it_is_told_to() {
    segment.conditions(new Segment.Conditions(Duration.ZERO, Duration.ofMillis(1), 0.25));
    for (int i = 0; i < 2_000; i++) {
      broadcast(a, 1);
    }

    assertThat(heard).hasSizeBetween(2_800, 3_200);
  }

  @Test
  void the_same_seed_gives_the_same_run_and_another_one_another() {
    assertThat(run(1)).isEqualTo(run(1));
    assertThat(run(1)).isNotEqualTo(run(2));
  }

  private static List<String> run(long seed) {
    Simulation simulation = new Simulation(seed);
    Segment segment = new Segment(simulation);
    segment.conditions(new Segment.Conditions(Duration.ZERO, Duration.ofMillis(9), 0.3));
    List<String> trace = new ArrayList<>();
    Segment.Station one = segment.attach("one", mac(1), _ -> {});
    segment.attach(
        "two", mac(2), frame -> trace.add(simulation.nanoTime() + ":" + frame.payload()[0]));
    for (int i = 0; i < 50; i++) {
      one.send(MacAddress.BROADCAST, new byte[] {(byte) i});
    }
    simulation.run(SECOND);
    return trace;
  }
}
