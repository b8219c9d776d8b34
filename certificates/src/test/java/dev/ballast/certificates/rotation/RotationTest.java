package dev.ballast.certificates.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.InMemory;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.certificates.peers.TestCluster;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.Judgement;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RotationTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  @TempDir(factory = InMemory.class)
  Path temp;

  private TestCluster cluster;

  @BeforeEach
  void create() throws IOException {
    cluster = TestCluster.create(temp, NOW.minus(Duration.ofDays(100)), 6443);
    Files.createDirectories(cluster.files().manifests());
    Files.writeString(
        manifest(),
        """
        kind: Pod
        metadata:
          name: kube-controller-manager
        spec:
          containers:
          - command:
            - kube-controller-manager
            - --client-ca-file=/etc/kubernetes/pki/ca.crt
            - --cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt
            - --cluster-signing-key-file=/etc/kubernetes/pki/ca.key
        """);
  }

  private Path manifest() {
    return cluster.files().manifests().resolve("kube-controller-manager.yaml");
  }

  private Rotation rotation(Authority authority) {
    return Rotations.of(cluster, authority, NOW);
  }

  private void advance(Authority authority) {
    var rotation = rotation(authority);
    var plan = rotation.next(rotation.stage());
    try (var session =
        Changes.in(
                StateDirectory.beside(cluster.layout().kubeconfigDir()), InstantSource.fixed(NOW))
            .open()) {
      session.apply(plan);
    }
  }

  private void assertNothingIsBroken() {
    Rotations.assertNothingIsBroken(cluster, NOW);
  }

  private Kubeconfig admin() {
    return Kubeconfig.read(cluster.layout().kubeconfigDir().resolve("admin.conf"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "    - \"--cluster-signing-cert-file=%s\"\n",
        "    - '--cluster-signing-cert-file=%s' # signs\n",
        "    - --cluster-signing-cert-file=%s # signs\n",
        "    - --cluster-signing-cert-file\n    - %s\n",
      })
  void the_signing_flag_is_changed_however_it_is_written(String line) throws IOException {
    var text =
        "kind: Pod\nspec:\n  containers:\n  - command:\n    - kube-controller-manager\n" + line;
    Files.writeString(manifest(), text.formatted("/etc/kubernetes/pki/ca.crt"));

    advance(Authority.CA);

    assertThat(Files.readString(manifest()))
        .isEqualTo(text.formatted("/etc/kubernetes/pki/ca-signing.crt"));
  }

  @Test
  void a_signing_flag_that_cannot_be_changed_stops_the_rotation() throws IOException {
    Files.writeString(
        manifest(),
        "kind: Pod\nspec:\n  containers:\n  - command:\n    - sh\n    - -c\n"
            + "    - exec kube-controller-manager"
            + " --cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt\n");

    assertThatThrownBy(() -> advance(Authority.CA))
        .isInstanceOf(CertificatesFailure.class)
        .hasMessageContaining("nothing was changed");
  }

  @Test
  void three_stages_lead_from_the_old_authority_to_the_new_one() throws IOException {
    var old = cluster.authority(Authority.CA).certificate();
    assertThat(rotation(Authority.CA).stage()).isInstanceOf(Stage.NotBegun.class);

    advance(Authority.CA);

    assertThat(rotation(Authority.CA).stage()).isInstanceOf(Stage.TrustsBoth.class);
    assertThat(admin().authorities()).hasSize(2);
    assertThat(Judgement.isSignedBy(admin().clientCertificates().getFirst(), old)).isTrue();
    assertThat(Files.readString(manifest()))
        .contains("--cluster-signing-cert-file=/etc/kubernetes/pki/ca-signing.crt")
        .contains("--client-ca-file=/etc/kubernetes/pki/ca.crt");
    assertThat(Certificates.read(cluster.pki("ca-signing.crt"))).containsExactly(old);
    assertNothingIsBroken();

    advance(Authority.CA);

    assertThat(rotation(Authority.CA).stage())
        .isInstanceOfSatisfying(
            Stage.Reissued.class, stage -> assertThat(stage.signedByOld()).isEmpty());
    assertThat(admin().authorities()).hasSize(2);
    assertThat(Judgement.isSignedBy(admin().clientCertificates().getFirst(), old)).isFalse();
    assertThat(Certificates.read(cluster.pki("ca-signing.crt"))).doesNotContain(old);
    assertNothingIsBroken();

    advance(Authority.CA);

    assertThat(rotation(Authority.CA).stage()).isInstanceOf(Stage.NotBegun.class);
    assertThat(Certificates.read(cluster.pki("ca.crt"))).hasSize(1).doesNotContain(old);
    assertThat(admin().authorities()).hasSize(1).doesNotContain(old);
    assertThat(cluster.pki("ca-signing.crt")).doesNotExist();
    assertThat(cluster.pki("ca-next.key")).doesNotExist();
    assertThat(Files.readString(manifest()))
        .contains("--cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt");
    assertNothingIsBroken();
  }

  @Test
  void a_leaf_that_was_left_behind_is_reissued_before_the_old_is_dropped() throws IOException {
    var leaf = Leaf.APISERVER;
    var oldCertificate = Files.readString(cluster.layout().certificate(leaf));
    var oldKey = Files.readString(cluster.layout().key(leaf));
    advance(Authority.CA);
    advance(Authority.CA);
    Files.writeString(cluster.layout().certificate(leaf), oldCertificate);
    Files.writeString(cluster.layout().key(leaf), oldKey);

    assertThat(rotation(Authority.CA).stage())
        .isInstanceOfSatisfying(
            Stage.Reissued.class,
            stage -> assertThat(stage.signedByOld()).containsExactly("apiserver"));
    advance(Authority.CA);
    assertThat(Certificates.read(cluster.pki("ca.crt"))).hasSize(2);
    advance(Authority.CA);

    assertThat(Certificates.read(cluster.pki("ca.crt"))).hasSize(1);
    assertNothingIsBroken();
  }

  @Test
  void the_authority_of_etcd_is_rotated_without_touching_kubeconfigs() {
    var before = admin().text();
    for (int i = 0; i < 3; i++) {
      advance(Authority.ETCD_CA);
      assertNothingIsBroken();
    }

    assertThat(admin().text()).isEqualTo(before);
    assertThat(rotation(Authority.ETCD_CA).stage()).isInstanceOf(Stage.NotBegun.class);
  }

  @Test
  void a_node_that_got_the_files_from_another_one_first_trusts_both_itself() throws IOException {
    var kubeconfig = admin().file();
    var before = Files.readString(kubeconfig);
    advance(Authority.CA);
    Files.writeString(kubeconfig, before);

    assertThat(rotation(Authority.CA).stage())
        .isInstanceOfSatisfying(
            Stage.TrustsBoth.class,
            stage -> assertThat(stage.trustingOne()).containsExactly("admin.conf"))
        .matches(Goal.TRUST_BOTH::isNextAfter);
    advance(Authority.CA);

    assertThat(admin().authorities()).hasSize(2);
    assertThat(rotation(Authority.CA).stage())
        .matches(Goal.TRUST_BOTH::isReachedBy)
        .matches(Goal.REISSUE::isNextAfter);
  }

  /** kube-controller-manager does not start with a certificate and a key that do not match. */
  @Test
  void on_every_control_plane_node_the_signing_certificate_is_that_of_the_signing_key()
      throws IOException {
    var first = cluster;
    advance(Authority.CA);
    var second = secondNode(first);
    cluster = second;
    handOn(first, second, "ca.crt", "ca-next.key");
    advance(Authority.CA);
    assertSigningPairMatches();
    cluster = first;
    advance(Authority.CA);
    assertSigningPairMatches();
    cluster = second;
    handOn(first, second, "ca.crt", "ca.key");
    Files.delete(second.pki("ca-next.key"));
    advance(Authority.CA);
    assertSigningPairMatches();
    advance(Authority.CA);
    assertThat(second.pki("ca-signing.crt")).doesNotExist();
    assertThat(admin().authorities()).hasSize(1);
    assertThat(Files.readString(manifest()))
        .contains("--cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt");
  }

  private TestCluster secondNode(TestCluster first) throws IOException {
    var second = TestCluster.create(temp.resolve("second"), NOW.minus(Duration.ofDays(100)), 6443);
    Files.createDirectories(second.files().manifests());
    Files.writeString(
        second.files().manifests().resolve("kube-controller-manager.yaml"),
        """
        kind: Pod
        metadata:
          name: kube-controller-manager
        spec:
          containers:
          - command:
            - --cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt
            - --cluster-signing-key-file=/etc/kubernetes/pki/ca.key
        """);
    // What it had before the rotation: the authority of the cluster, and leafs that it signed.
    var old = Certificates.read(first.pki("ca.crt")).getFirst();
    Files.writeString(second.pki("ca.crt"), Certificates.pem(old));
    handOn(first, second, "ca.key", "apiserver.crt", "apiserver.key");
    handOn(first, second, "apiserver-kubelet-client.crt", "apiserver-kubelet-client.key");
    for (var conf : List.of("admin", "super-admin", "controller-manager", "scheduler")) {
      var from = Kubeconfig.read(first.layout().kubeconfigDir().resolve(conf + ".conf"));
      Files.writeString(
          second.layout().kubeconfigDir().resolve(conf + ".conf"),
          from.withAuthorities(List.of(old)).text());
    }
    Files.delete(second.files().kubeletClientLink());
    Files.delete(second.files().kubeletConf());
    Files.delete(temp.resolve("second/root/.kube/config"));
    return second;
  }

  private static void handOn(TestCluster from, TestCluster to, String... names) throws IOException {
    for (var name : names) {
      Files.copy(from.pki(name), to.pki(name), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void assertSigningPairMatches() {
    var signing = Certificates.read(cluster.pki("ca-signing.crt"));
    assertThat(signing).hasSize(1);
    assertThat(
            PrivateKeys.matches(
                PrivateKeys.read(cluster.pki("ca.key")), signing.getFirst().getPublicKey()))
        .isTrue();
  }

  @Test
  void a_bundle_in_the_wrong_order_is_not_guessed_at() throws IOException {
    advance(Authority.CA);
    var both = Certificates.read(cluster.pki("ca.crt"));
    Files.writeString(cluster.pki("ca.crt"), Certificates.pem(both.reversed()));

    assertThat(rotation(Authority.CA).stage())
        .isInstanceOfSatisfying(
            Stage.Unclear.class,
            stage -> assertThat(stage.problem()).contains("first certificate"));
  }
}
