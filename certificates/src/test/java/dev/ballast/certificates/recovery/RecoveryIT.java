package dev.ballast.certificates.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.live.Listeners;
import dev.ballast.certificates.live.LivePorts;
import dev.ballast.certificates.live.Probe;
import dev.ballast.certificates.peers.ApiServerStandIn;
import dev.ballast.certificates.peers.KubeletStandIn;
import dev.ballast.certificates.peers.Peers;
import dev.ballast.certificates.peers.TestCluster;
import dev.ballast.certificates.report.Check;
import dev.ballast.certificates.report.Finding;
import dev.ballast.certificates.report.SnapshotReader;
import dev.ballast.certificates.rollout.KubeletService;
import dev.ballast.certificates.rollout.Machine;
import dev.ballast.certificates.rollout.Outcome;
import dev.ballast.certificates.rollout.Rollout;
import dev.ballast.certificates.staticpods.Crictl;
import dev.ballast.certificates.staticpods.HealthCheck;
import dev.ballast.certificates.staticpods.Patience;
import dev.ballast.certificates.staticpods.RuntimeCalls;
import dev.ballast.certificates.staticpods.StaticPods;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.PkiFailure;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that was switched off too long, brought back until kubectl works. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class RecoveryIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration YEAR = Duration.ofDays(365);

  @TempDir Path temp;
  private @Nullable KubeletStandIn kubelet;
  private int port;

  @BeforeEach
  void require() {
    Peers.require("openssl", "openssl");
    Peers.require("kubectl", "kubernetes-client, or run dev/peers");
    port = Peers.freePorts(1)[0];
  }

  @AfterEach
  void stop() {
    if (kubelet != null) {
      kubelet.close();
    }
  }

  private TestCluster start(Instant made) throws Exception {
    var cluster = TestCluster.create(temp, made, port);
    cluster.linkAsTheKubeletDoes();
    var manifests = cluster.files().manifests();
    KubeletStandIn.writeManifest(
        manifests,
        "kube-apiserver",
        port,
        ApiServerStandIn.command(port, cluster.layout().certificatesDir()));
    kubelet = KubeletStandIn.start(manifests, temp.resolve("cri"), Duration.ofMillis(100));
    Peers.await(
        "the API server listens",
        LIMIT,
        () -> !Listeners.ofThisMachine().at(Set.of(port)).isEmpty());
    return cluster;
  }

  private Peers.Outcome kubectl(Path kubeconfig, String path) {
    return Peers.run(
        "kubectl",
        "--kubeconfig",
        kubeconfig.toString(),
        "--request-timeout=5s",
        "get",
        "--raw",
        path);
  }

  private Outcome recover(TestCluster cluster, List<String> told) {
    var patience = new Patience(InstantSource.system(), Thread::sleep, Duration.ofMillis(50));
    var ports =
        new LivePorts(
            new Probe(Thread.ofVirtual().factory(), Duration.ofSeconds(3)),
            Listeners.ofThisMachine(),
            RecoveryIT::first);
    assertThat(kubelet).isNotNull();
    var pods =
        new StaticPods(
            new RuntimeCalls(
                new Crictl(kubelet.crictl(), Optional.empty(), LIMIT), patience, LIMIT),
            Listeners.ofThisMachine(),
            new HealthCheck(Duration.ofSeconds(3)),
            patience,
            LIMIT);
    var restart =
        KubeletService.command(
            List.of("touch", temp.resolve("kubelet-restarted").toString()), LIMIT);
    var machine = new Machine(cluster.files(), ports, pods, restart, patience);
    var now = Instant.now();
    var report = Check.decide(SnapshotReader.read(cluster.files(), now), Check.DEFAULT_WARNING);
    var decision = RecoveryDecision.of(report, Duration.ofDays(30), false);
    assertThat(decision.impossible()).isEmpty();
    var configuration =
        new InitConfiguration(
            ClusterConfiguration.DEFAULT, TestCluster.NODE, InetAddress.getLoopbackAddress(), port);
    var plan =
        new Recovery(
                cluster.files(),
                cluster.forge(),
                TestCluster.terms(now),
                configuration,
                Release.LATEST)
            .plan(decision);
    var changes =
        Changes.in(StateDirectory.beside(cluster.layout().kubeconfigDir()), InstantSource.system());
    try (var session = changes.open()) {
      return new Rollout(machine, changes, told::add, Duration.ofMillis(200))
          .recover(session, plan, true, LIMIT);
    }
  }

  private static Optional<X509Certificate> first(Path file) {
    try {
      return Optional.of(Certificates.read(file).getFirst());
    } catch (PkiFailure e) {
      return Optional.empty();
    }
  }

  private void aNodeMadeComesBack(Instant made) throws Exception {
    var cluster = start(made);
    var admin = cluster.layout().kubeconfig(KubeconfigFile.ADMIN);
    var copy = temp.resolve("root/.kube/config");
    assertThat(kubectl(admin, "/version").output()).contains("certificate has expired");

    var authorityKey = Files.readString(cluster.pki("ca.key"));
    var told = new ArrayList<String>();
    var outcome = recover(cluster, told);

    assertThat(outcome).as(told.toString()).isInstanceOf(Outcome.Done.class);
    assertThat(((Outcome.Done) outcome).restarted()).containsExactly("kubelet", "kube-apiserver");
    assertThat(temp.resolve("kubelet-restarted")).exists();
    assertThat(kubectl(admin, "/version").orFail()).contains("v1.34.0");
    assertThat(kubectl(copy, "/whoami").orFail()).contains("CN=kubernetes-admin");
    var report =
        Check.decide(SnapshotReader.read(cluster.files(), Instant.now()), Check.DEFAULT_WARNING);
    assertThat(report.findings().filter(f -> f.level().compareTo(Finding.Level.NOTE) > 0))
        .isEmpty();
    assertOpenSslAgrees(cluster);
    assertThat(cluster.pki("ca.key")).hasContent(authorityKey);
  }

  private static void assertOpenSslAgrees(TestCluster cluster) {
    for (var leaf : Leaf.values()) {
      var ca = cluster.layout().certificate(leaf.authority()).toString();
      for (var purpose : leaf.purposes()) {
        Peers.run(
                "openssl",
                "verify",
                "-x509_strict",
                "-CAfile",
                ca,
                "-purpose",
                purpose.endsWith(".1") ? "sslserver" : "sslclient",
                cluster.layout().certificate(leaf).toString())
            .orFail();
      }
    }
    Peers.run(
            "openssl",
            "verify",
            "-CAfile",
            cluster.layout().certificate(Authority.CA).toString(),
            "-purpose",
            "sslclient",
            cluster.files().kubeletClient().toString())
        .orFail();
  }

  @Test
  void two_years_after_its_certificates_expired() throws Exception {
    aNodeMadeComesBack(Instant.now().minus(YEAR.multipliedBy(3)));
  }

  @Test
  void two_years_after_its_authorities_expired_with_the_same_authority_key() throws Exception {
    aNodeMadeComesBack(Instant.now().minus(YEAR.multipliedBy(12)));
  }
}
