package dev.ballast.certificates.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Release;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.InMemory;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.peers.TestCluster;
import dev.ballast.certificates.report.Check;
import dev.ballast.certificates.report.SnapshotReader;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server that a recovered kubelet.conf names: never this machine's guess where files know. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class RecoveryServerTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final String VIP = "https://vip.example.org:8443";

  @TempDir(factory = InMemory.class)
  Path temp;

  private TestCluster cluster;

  @BeforeEach
  void create() throws IOException {
    cluster = TestCluster.create(temp, NOW.minus(Duration.ofDays(100)), 6443);
  }

  private static void server(Path file, String extra) throws IOException {
    var old = Kubeconfig.read(file).server().orElseThrow();
    Files.writeString(file, Files.readString(file).replace(old, VIP + extra));
  }

  private void recover(Instant now) {
    var report = Check.decide(SnapshotReader.read(cluster.files(), now), Check.DEFAULT_WARNING);
    var plan =
        new Recovery(
                cluster.files(),
                cluster.forge(),
                TestCluster.terms(now),
                new InitConfiguration(
                    ClusterConfiguration.DEFAULT,
                    TestCluster.NODE,
                    InetAddress.getLoopbackAddress(),
                    6443),
                Release.LATEST)
            .plan(RecoveryDecision.of(report, Duration.ofDays(30), false));
    try (var session =
        Changes.in(
                StateDirectory.beside(cluster.layout().kubeconfigDir()), InstantSource.fixed(now))
            .open()) {
      session.apply(plan);
    }
  }

  @Test
  void a_kubelet_conf_whose_certificate_is_gone_keeps_its_server_and_what_is_unknown()
      throws IOException {
    var file = cluster.files().kubeletConf();
    server(file, "\n    proxy-url: http://proxy.example.org:3128");
    Files.delete(cluster.files().kubeletClient());

    recover(NOW);

    assertThat(Kubeconfig.read(file).server()).contains(VIP);
    assertThat(Files.readString(file)).contains("proxy-url: http://proxy.example.org:3128");
    assertThat(cluster.files().kubeletClient()).exists();
  }

  @Test
  void a_kubelet_conf_that_is_gone_gets_the_server_of_admin_conf() throws IOException {
    server(cluster.layout().kubeconfigDir().resolve("admin.conf"), "");
    Files.delete(cluster.files().kubeletConf());

    recover(NOW);

    assertThat(Kubeconfig.read(cluster.files().kubeletConf()).server()).contains(VIP);
  }

  @Test
  void a_kubelet_conf_that_embeds_its_certificate_refers_to_the_rotated_file_and_keeps_the_rest()
      throws IOException {
    var file = cluster.files().kubeletConf();
    Files.copy(
        cluster.layout().kubeconfigDir().resolve("admin.conf"),
        file,
        StandardCopyOption.REPLACE_EXISTING);
    server(file, " # the VIP\n    tls-server-name: kubernetes");

    recover(NOW.plus(Duration.ofDays(300)));

    assertThat(Files.readString(file))
        .contains(VIP + " # the VIP\n    tls-server-name: kubernetes\n")
        .contains("    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem\n")
        .doesNotContain("client-key-data");
  }
}
