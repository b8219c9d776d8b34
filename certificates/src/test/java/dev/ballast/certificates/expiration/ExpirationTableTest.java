package dev.ballast.certificates.expiration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Release;
import dev.ballast.certificates.expiration.ExpirationReport.Entry;
import dev.ballast.certificates.expiration.ExpirationReport.Expiry;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what Go's tabwriter and Kubernetes' duration package wrote: src/test/golden/main.go. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ExpirationTableTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  @ParameterizedTest
  @ValueSource(strings = {"1.20", "1.23", "1.24", "1.29", "1.31"})
  void the_table_has_the_bytes_of_kubeadm(String version) throws Exception {
    Release release = Release.parse(version);

    String text = ExpirationTable.text(report(release), NOW, release);

    assertThat(text).isEqualTo(golden("table-" + version + ".txt"));
  }

  @Test
  void durations_read_as_kubernetes_writes_them() throws Exception {
    List<String> lines = golden("durations.txt").lines().toList();

    assertThat(lines)
        .hasSizeGreaterThan(30)
        .allSatisfy(line -> {
          String[] parts = line.split(" ", -1);
          long seconds = Long.parseLong(parts[0]);
          assertThat(ResidualTime.coarse(seconds)).as(line).isEqualTo(parts[1]);
          assertThat(ResidualTime.fine(seconds)).as(line).isEqualTo(parts[2]);
        });
  }

  @Test
  void a_residual_time_is_cut_toward_zero() {
    assertThat(ResidualTime.seconds(NOW.plusMillis(1999), NOW)).isEqualTo(1);
    assertThat(ResidualTime.seconds(NOW.minusMillis(1999), NOW)).isEqualTo(-1);
  }

  private static ExpirationReport report(Release release) {
    var certificates =
        new ArrayList<>(
            List.of(
                known("admin.conf", "ca", Duration.ofHours(364 * 24 + 23), false),
                known("apiserver", "ca", Duration.ofDays(400), false),
                known("apiserver-etcd-client", "etcd-ca", Duration.ofHours(26), true),
                known("apiserver-kubelet-client", "ca", Duration.ofMinutes(90), false),
                known("controller-manager.conf", "ca", Duration.ofSeconds(45), false),
                new Entry("etcd-healthcheck-client", "etcd-ca", false, new Expiry.Missing()),
                known("etcd-peer", "etcd-ca", Duration.ofSeconds(-3), true),
                known("etcd-server", "etcd-ca", Duration.ofSeconds(-1), true),
                known("front-proxy-client", "front-proxy-ca", Duration.ofHours(7 * 24 + 5), false),
                known("scheduler.conf", "ca", Duration.ofMinutes(7 * 60 + 59), false)));
    if (release.hasSuperAdmin()) {
      certificates.add(new Entry("super-admin.conf", "ca", true, new Expiry.Missing()));
    }
    var authorities =
        List.of(
            known("ca", "", Duration.ofHours(3649 * 24 + 23), false),
            known("etcd-ca", "", Duration.ofDays(900), true),
            new Entry("front-proxy-ca", "", false, new Expiry.Missing()));
    return new ExpirationReport(certificates, authorities, List.of());
  }

  private static Entry known(String name, String authority, Duration left, boolean external) {
    return new Entry(
        name, authority, name.endsWith(".conf"), new Expiry.Known(NOW.plus(left), external));
  }

  private static String golden(String name) throws Exception {
    try (InputStream in = ExpirationTableTest.class.getResourceAsStream("/golden/" + name)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
