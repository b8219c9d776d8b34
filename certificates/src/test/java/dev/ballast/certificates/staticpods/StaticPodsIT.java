package dev.ballast.certificates.staticpods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.certificates.live.Endpoint;
import dev.ballast.certificates.live.Freshness;
import dev.ballast.certificates.live.Listeners;
import dev.ballast.certificates.live.LivePort;
import dev.ballast.certificates.live.LivePorts;
import dev.ballast.certificates.live.Probe;
import dev.ballast.certificates.peers.KubeletStandIn;
import dev.ballast.certificates.peers.OpenSsl;
import dev.ballast.certificates.peers.Peers;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two TLS servers of openssl as static pods of a stand-in for the kubelet. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class StaticPodsIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir Path temp;
  private Path manifests;
  private Path pki;
  private int[] ports;
  private KubeletStandIn kubelet;
  private Patience patience;

  @BeforeEach
  void start() throws Exception {
    Peers.require("openssl", "openssl");
    manifests = temp.resolve("manifests");
    pki = temp.resolve("pki");
    ports = Peers.freePorts(2);
    patience = new Patience(java.time.InstantSource.system(), Thread::sleep, Duration.ofMillis(20));
    writePod("kube-apiserver", ports[0], "apiserver");
    writePod("etcd", ports[1], "etcd");
    kubelet = KubeletStandIn.start(manifests, temp.resolve("cri"), Duration.ofMillis(100));
    Peers.await(
        "both serve", LIMIT, () -> look().stream().allMatch(p -> is(p, Freshness.Current.class)));
  }

  @AfterEach
  void stop() throws Exception {
    kubelet.close();
  }

  private void writePod(String name, int port, String pair) throws IOException {
    OpenSsl.selfSigned(pki.resolve(pair), name);
    KubeletStandIn.writeManifest(manifests, name, port, OpenSsl.server(port, pki.resolve(pair)));
  }

  private static boolean is(LivePort port, Class<? extends Freshness> kind) {
    return kind.isInstance(port.freshness());
  }

  private List<LivePort> look() {
    var endpoints =
        List.of(
            new Endpoint(
                "kube-apiserver",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), ports[0]),
                Optional.of(pki.resolve("apiserver.crt"))),
            new Endpoint(
                "etcd",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), ports[1]),
                Optional.of(pki.resolve("etcd.crt"))));
    var probe = new Probe(Thread.ofVirtual().factory(), Duration.ofSeconds(3));
    return new LivePorts(probe, Listeners.ofThisMachine(), StaticPodsIT::read).look(endpoints);
  }

  private static Optional<X509Certificate> read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Optional.of(
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in));
    } catch (IOException | CertificateException e) {
      return Optional.empty();
    }
  }

  private void renew(String pair) throws Exception {
    var old = read(pki.resolve(pair + ".crt")).orElseThrow().getNotBefore().toInstant();
    // Certificates carry seconds: the new one shall be later than the old one.
    Peers.await("a second", LIMIT, () -> java.time.Instant.now().isAfter(old.plusMillis(1100)));
    OpenSsl.selfSigned(temp.resolve("new/" + pair), "kube-apiserver");
    for (var extension : List.of(".key", ".crt")) {
      Files.move(
          temp.resolve("new/" + pair + extension),
          pki.resolve(pair + extension),
          StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private StaticPods pods(Restarter restarter) {
    return new StaticPods(
        restarter,
        Listeners.ofThisMachine(),
        new HealthCheck(Duration.ofSeconds(2)),
        patience,
        LIMIT);
  }

  private List<StalePod> stale() {
    return StalePod.among(Manifests.read(manifests), look(), Map.of());
  }

  private void exactlyTheStaleOneIsRestartedBy(Restarter restarter) throws Exception {
    var before = List.of(kubelet.pid("kube-apiserver"), kubelet.pid("etcd"));
    renew("apiserver");

    var stale = stale();
    assertThat(stale).hasSize(1);
    assertThat(stale.getFirst().pod().name()).isEqualTo("kube-apiserver");
    var reason = (StalePod.Reason.ServesOld) stale.getFirst().reasons().getFirst();
    assertThat(reason.port().listener().orElseThrow().pid()).isEqualTo(before.get(0));
    assertThat(reason.port().listener().orElseThrow().name()).isEqualTo("openssl");

    pods(restarter).restart(stale.getFirst().pod());

    assertThat(stale()).isEmpty();
    assertThat(look()).allMatch(port -> is(port, Freshness.Current.class));
    assertThat(kubelet.pid("kube-apiserver")).isNotEqualTo(before.get(0));
    assertThat(kubelet.pid("etcd")).isEqualTo(before.get(1));
    assertThat(manifests.resolve("kube-apiserver.yaml")).exists();
  }

  @Test
  void the_manifest_dance_restarts_exactly_the_stale_pod() throws Exception {
    var aside = new ManifestsAside(temp.resolve("aside"));
    exactlyTheStaleOneIsRestartedBy(new ManifestDance(aside, patience, LIMIT));
    assertThat(temp.resolve("aside")).isEmptyDirectory();
  }

  @Test
  void calls_to_the_container_runtime_restart_exactly_the_stale_pod() throws Exception {
    var crictl = new Crictl(kubelet.crictl(), Optional.empty(), LIMIT);
    exactlyTheStaleOneIsRestartedBy(new RuntimeCalls(crictl, patience, LIMIT));
  }

  @Test
  void a_kill_in_the_dance_does_not_lose_the_manifest() throws Exception {
    var directory = temp.resolve("aside");
    new ManifestsAside(directory).take(manifests.resolve("etcd.yaml"));
    Peers.await("etcd is down", LIMIT, () -> kubelet.pid("etcd") < 0);

    var back = new ManifestsAside(directory).putBack();

    assertThat(back).containsExactly(manifests.resolve("etcd.yaml").toRealPath());
    Peers.await("etcd is back", LIMIT, () -> kubelet.pid("etcd") > 0);
    assertThat(new ManifestsAside(directory).putBack()).isEmpty();
  }

  @Test
  void a_manifest_that_someone_wrote_meanwhile_stands() throws Exception {
    var aside = new ManifestsAside(temp.resolve("aside"));
    aside.take(manifests.resolve("etcd.yaml"));
    writePod("etcd", ports[1], "etcd");
    var theirs = Files.readString(manifests.resolve("etcd.yaml"));

    aside.putBack();

    assertThat(manifests.resolve("etcd.yaml")).hasContent(theirs);
    assertThat(temp.resolve("aside/etcd.yaml.superseded")).exists();
  }

  @Test
  void a_pod_that_does_not_come_back_is_a_failure_with_its_complaint() throws Exception {
    Files.writeString(pki.resolve("apiserver.key"), "broken");
    var crictl = new Crictl(kubelet.crictl(), Optional.empty(), LIMIT);
    var pods =
        new StaticPods(
            new RuntimeCalls(crictl, patience, LIMIT),
            Listeners.ofThisMachine(),
            new HealthCheck(Duration.ofSeconds(1)),
            patience,
            Duration.ofSeconds(1));
    var apiserver = new ArrayList<>(Manifests.read(manifests)).getLast();

    assertThatThrownBy(() -> pods.restart(apiserver))
        .isInstanceOf(StaticPodFailure.class)
        .hasMessageContaining("kube-apiserver is not well")
        .hasMessageContaining("no new process listens at");
  }

  @Test
  void a_dance_without_a_kubelet_puts_the_manifest_back() throws Exception {
    kubelet.close();
    kubelet = KubeletStandIn.start(manifests, temp.resolve("cri"), Duration.ofDays(1));
    Peers.await(
        "serves", LIMIT, () -> look().stream().allMatch(p -> is(p, Freshness.Current.class)));
    var dance =
        new ManifestDance(
            new ManifestsAside(temp.resolve("aside")), patience, Duration.ofMillis(300));

    assertThatThrownBy(() -> pods(dance).restart(Manifests.read(manifests).getFirst()))
        .hasMessageContaining("did not end within")
        .hasMessageContaining("the manifest is back in its place");
    assertThat(manifests.resolve("etcd.yaml")).exists();
  }
}
