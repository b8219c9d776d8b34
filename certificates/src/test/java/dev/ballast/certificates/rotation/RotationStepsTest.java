package dev.ballast.certificates.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.peers.TestCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told to do on other nodes after each stage, to the letter. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class RotationStepsTest {
  @TempDir Path temp;
  private Stage begun;
  private Stage both;
  private Stage reissued;

  @BeforeEach
  void stages() throws IOException {
    var one = TestCluster.create(temp.resolve("1"), Instant.now(), 6443).authority(Authority.CA);
    var other = TestCluster.create(temp.resolve("2"), Instant.now(), 6443).authority(Authority.CA);
    begun = new Stage.NotBegun(one.certificate());
    both = new Stage.TrustsBoth(one.certificate(), other.certificate(), List.of());
    reissued = new Stage.Reissued(one.certificate(), other.certificate(), List.of());
  }

  @Test
  void workers_have_nothing_to_do_with_the_authority_of_etcd() {
    for (var stage : List.of(begun, both, reissued)) {
      assertThat(RotationSteps.after(stage, Authority.ETCD_CA))
          .isNotEmpty()
          .noneMatch(step -> step.contains("worker") || step.contains("kubelet"));
    }
    assertThat(RotationSteps.after(begun, Authority.ETCD_CA))
        .containsExactly(
            "This node trusts both. Before the next stage, on every other control-plane NODE:",
            "  scp /etc/kubernetes/pki/etcd/ca.crt root@NODE:/etc/kubernetes/pki/etcd/ca.crt",
            "  scp /etc/kubernetes/pki/etcd/ca-next.key"
                + " root@NODE:/etc/kubernetes/pki/etcd/ca-next.key",
            "  ssh root@NODE ballast certs rotate etcd-ca --to trust-both",
            "then here:",
            "  ballast certs rotate etcd-ca --to reissue");
  }

  @Test
  void workers_trust_both_before_the_new_one_signs() {
    assertThat(RotationSteps.after(begun, Authority.CA))
        .containsSubsequence(
            "and on every worker NODE:",
            "  scp /etc/kubernetes/pki/ca.crt root@NODE:/etc/kubernetes/pki/ca.crt",
            "  ssh root@NODE \"sed -i 's|certificate-authority-data: .*|certificate-authority:"
                + " /etc/kubernetes/pki/ca.crt|' /etc/kubernetes/kubelet.conf\"",
            "  ssh root@NODE systemctl restart kubelet",
            "then here:",
            "  ballast certs rotate ca --to reissue");
  }

  @Test
  void the_old_one_is_dropped_on_other_nodes_by_the_command_and_not_by_a_copy() {
    assertThat(RotationSteps.after(reissued, Authority.CA))
        .startsWith(
            "The old one is not trusted here any more. On every other control-plane NODE:",
            "  ssh root@NODE ballast certs rotate ca --to drop-old",
            "and on every worker NODE:");
  }
}
