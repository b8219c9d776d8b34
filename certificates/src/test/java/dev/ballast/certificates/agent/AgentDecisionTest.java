package dev.ballast.certificates.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.change.InMemory;
import dev.ballast.certificates.peers.TestCluster;
import dev.ballast.certificates.report.Check;
import dev.ballast.certificates.report.Report;
import dev.ballast.certificates.report.SnapshotReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AgentDecisionTest {
  private static final Instant START = Instant.parse("2027-01-01T00:00:00Z");
  private static final DueDate DUE = new DueDate(Duration.ofDays(60));

  @TempDir(factory = InMemory.class)
  Path temp;

  private Report report(Duration age) throws IOException {
    var cluster = TestCluster.create(temp, START, 6443);
    return Check.decide(
        SnapshotReader.read(cluster.files(), START.plus(age)), Check.DEFAULT_WARNING);
  }

  @Test
  void nothing_is_due_before_the_window() throws IOException {
    var decision = AgentDecision.of(report(Duration.ofDays(300)), DUE);

    assertThat(decision.renewed()).isEmpty();
    assertThat(decision.decision().changesAnything()).isFalse();
  }

  @Test
  void at_the_end_of_its_share_of_the_window_everything_is_due() throws IOException {
    var decision = AgentDecision.of(report(Duration.ofDays(336)), DUE);

    assertThat(decision.renewed()).contains("apiserver", "etcd-peer", "scheduler.conf");
    assertThat(decision.refused()).isEmpty();
  }

  @Test
  void a_certificate_that_lives_shorter_than_the_window_is_not_renewed_at_every_look() {
    var month = Duration.ofDays(30);
    for (int i = 0; i < 100; i++) {
      assertThat(DUE.ahead("node-" + i, month)).isBetween(Duration.ofDays(5), Duration.ofDays(10));
      assertThat(DUE.ahead("node-" + i, Duration.ofDays(365))).isEqualTo(DUE.ahead("node-" + i));
    }
  }

  @Test
  void a_window_wider_than_their_life_renews_nothing_that_is_new() throws IOException {
    var decision = AgentDecision.of(report(Duration.ofDays(1)), new DueDate(Duration.ofDays(800)));

    assertThat(decision.renewed()).isEmpty();
  }

  @Test
  void an_authority_is_left_to_a_person() throws IOException {
    var decision = AgentDecision.of(report(Duration.ofDays(3640)), DUE);

    assertThat(decision.refused()).anyMatch(reason -> reason.startsWith("ca: expires at"));
  }

  @Test
  void a_wrong_clock_stops_everything() throws IOException {
    var decision = AgentDecision.of(report(Duration.ofDays(-100)), DUE);

    assertThat(decision.decision().changesAnything()).isFalse();
    assertThat(decision.refused()).containsExactly("the clock is wrong");
  }

  @Test
  void nodes_are_spread_over_the_first_half_of_the_window_and_stay_where_they_are() {
    var ahead = IntStream.range(0, 1000).mapToObj(i -> DUE.ahead("node-" + i)).toList();

    assertThat(ahead)
        .allMatch(a -> a.compareTo(Duration.ofDays(30)) >= 0)
        .allMatch(a -> a.compareTo(Duration.ofDays(60)) <= 0);
    assertThat(ahead.stream().map(Duration::toDays).distinct().count()).isGreaterThan(25);
    assertThat(DUE.ahead("node-1")).isEqualTo(ahead.get(1));
  }
}
