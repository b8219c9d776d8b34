package dev.ballast.certificates.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.change.Access;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.Content;
import dev.ballast.certificates.change.FileChange;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.certificates.live.Listeners;
import dev.ballast.certificates.live.LivePorts;
import dev.ballast.certificates.live.Probe;
import dev.ballast.certificates.peers.ApiServerStandIn;
import dev.ballast.certificates.peers.KubeletStandIn;
import dev.ballast.certificates.peers.Peers;
import dev.ballast.certificates.peers.TestCluster;
import dev.ballast.certificates.staticpods.Crictl;
import dev.ballast.certificates.staticpods.HealthCheck;
import dev.ballast.certificates.staticpods.Patience;
import dev.ballast.certificates.staticpods.RuntimeCalls;
import dev.ballast.certificates.staticpods.StaticPods;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.PkiFailure;
import java.io.IOException;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A change of a running node: restarted and kept when it is well, taken back when it is not. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class RolloutIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir Path temp;
  private final List<String> told = new ArrayList<>();
  private TestCluster cluster;
  private TestCluster newer;
  private KubeletStandIn kubelet;

  @BeforeEach
  void a_running_node() throws Exception {
    Peers.require("kubectl", "kubernetes-client, or run dev/peers");
    int port = Peers.freePorts(1)[0];
    cluster = TestCluster.create(temp.resolve("node"), Instant.now(), port);
    newer = TestCluster.create(temp.resolve("other"), Instant.now(), port);
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
  }

  @AfterEach
  void stop() {
    kubelet.close();
  }

  private Outcome rollOut(Path certificate, String key) throws Exception {
    return rollOut(
        KubeletService.command(List.of("false"), LIMIT),
        Plan.of(
            "test",
            put(cluster.pki("apiserver.crt"), Files.readString(certificate), Access.PUBLIC),
            put(cluster.pki("apiserver.key"), key, Access.SECRET)));
  }

  private Outcome rollOut(KubeletService service, Plan plan) {
    var patience = new Patience(InstantSource.system(), Thread::sleep, Duration.ofMillis(50));
    var ports =
        new LivePorts(
            new Probe(Thread.ofVirtual().factory(), Duration.ofSeconds(3)),
            Listeners.ofThisMachine(),
            RolloutIT::first);
    var pods =
        new StaticPods(
            new RuntimeCalls(
                new Crictl(kubelet.crictl(), Optional.empty(), LIMIT), patience, LIMIT),
            Listeners.ofThisMachine(),
            new HealthCheck(Duration.ofSeconds(2)),
            patience,
            Duration.ofSeconds(4));
    var machine = new Machine(cluster.files(), ports, pods, service, patience);
    var changes =
        Changes.in(StateDirectory.beside(cluster.layout().kubeconfigDir()), InstantSource.system());
    try (var session = changes.open()) {
      return new Rollout(machine, changes, told::add, Duration.ofMillis(300)).renew(session, plan);
    }
  }

  private static FileChange put(Path path, String text, Access access) {
    return new FileChange.Put(path, Content.of(text), access);
  }

  private static Optional<X509Certificate> first(Path file) {
    try {
      return Optional.of(Certificates.read(file).getFirst());
    } catch (PkiFailure e) {
      return Optional.empty();
    }
  }

  private Peers.Outcome kubectl() {
    var admin = cluster.layout().kubeconfig(KubeconfigFile.ADMIN).toString();
    return Peers.run(
        "kubectl", "--kubeconfig", admin, "--request-timeout=5s", "get", "--raw", "/whoami");
  }

  @Test
  void a_key_that_does_not_fit_is_taken_back_and_kubectl_works_as_before() throws Exception {
    var certificate = cluster.layout().certificate(Leaf.APISERVER);
    var before = Files.readString(certificate);
    var keyBefore = Files.readString(cluster.pki("apiserver.key"));

    var outcome = rollOut(newer.layout().certificate(Leaf.APISERVER), "broken");

    assertThat(outcome).as(told.toString()).isInstanceOf(Outcome.RolledBack.class);
    var back = (Outcome.RolledBack) outcome;
    assertThat(back.problem()).contains("kube-apiserver");
    assertThat(back.wellAgain()).as(told.toString()).isTrue();
    assertThat(certificate).hasContent(before);
    assertThat(cluster.pki("apiserver.key")).hasContent(keyBefore);
    assertThat(kubectl().orFail()).contains("CN=kubernetes-admin");
  }

  private Plan ofTheKubelet(String key) throws IOException {
    var conf = cluster.files().kubeletConf();
    return Plan.of(
        "test",
        put(conf, Files.readString(conf).replace("default-auth", "another"), Access.SECRET),
        put(cluster.pki("apiserver.key"), key, Access.SECRET));
  }

  private KubeletService counted() {
    return KubeletService.command(
        List.of("sh", "-c", "echo restarted >> " + temp.resolve("kubelet")), LIMIT);
  }

  @Test
  void the_kubelet_is_restarted_when_its_files_change_and_again_when_they_go_back()
      throws Exception {
    var same = Files.readString(cluster.pki("apiserver.key"));

    assertThat(rollOut(counted(), ofTheKubelet(same)))
        .isInstanceOfSatisfying(
            Outcome.Done.class, done -> assertThat(done.restarted()).containsExactly("kubelet"));
    assertThat(temp.resolve("kubelet")).hasContent("restarted\n");

    var conf = cluster.files().kubeletConf();
    Files.writeString(conf, Files.readString(conf).replace("another", "default-auth"));
    var broken =
        Plan.of(
            "test",
            put(conf, Files.readString(conf).replace("default-auth", "third"), Access.SECRET),
            put(cluster.pki("apiserver.key"), "broken", Access.SECRET),
            put(
                cluster.pki("apiserver.crt"),
                Files.readString(newer.pki("apiserver.crt")),
                Access.PUBLIC));
    assertThat(rollOut(counted(), broken)).isInstanceOf(Outcome.RolledBack.class);
    assertThat(temp.resolve("kubelet")).hasContent("restarted\n".repeat(3));
    assertThat(conf).content().doesNotContain("third");
  }

  @Test
  void a_kubelet_that_cannot_be_restarted_from_here_is_left_to_a_person() throws Exception {
    var same = Files.readString(cluster.pki("apiserver.key"));

    assertThat(rollOut(KubeletService.none(), ofTheKubelet(same)))
        .isInstanceOfSatisfying(
            Outcome.Done.class,
            done -> assertThat(done.left()).containsExactly("systemctl restart kubelet"));
  }

  @Test
  void what_is_already_so_restarts_nothing() throws Exception {
    long pid = kubelet.pid("kube-apiserver");

    var outcome =
        rollOut(
            cluster.layout().certificate(Leaf.APISERVER),
            Files.readString(cluster.pki("apiserver.key")));

    assertThat(outcome).isInstanceOf(Outcome.Unchanged.class);
    assertThat(kubelet.pid("kube-apiserver")).isEqualTo(pid);
  }
}
