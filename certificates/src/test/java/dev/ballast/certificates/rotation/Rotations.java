package dev.ballast.certificates.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.peers.TestCluster;
import dev.ballast.certificates.report.Check;
import dev.ballast.certificates.report.Finding;
import dev.ballast.certificates.report.SnapshotReader;
import java.time.Instant;

/** What the tests of rotations ask of a node. */
final class Rotations {
  private Rotations() {}

  static Rotation of(TestCluster cluster, Authority authority, Instant now) {
    return new Rotation(
        cluster.files(),
        SnapshotReader.read(cluster.files(), now),
        authority,
        cluster.forge(),
        TestCluster.terms(now));
  }

  static void assertNothingIsBroken(TestCluster cluster, Instant now) {
    // Files are written by the real clock.
    var report = Check.decide(SnapshotReader.read(cluster.files(), now), Check.DEFAULT_WARNING);
    assertThat(
            report
                .findings()
                .filter(f -> f.level() == Finding.Level.BROKEN)
                .filter(f -> !f.id().equals("clock-behind")))
        .isEmpty();
  }
}
