package dev.ballast.certificates.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.change.InMemory;
import dev.ballast.certificates.peers.TestCluster;
import dev.ballast.certificates.report.Check;
import dev.ballast.certificates.report.SnapshotReader;
import dev.ballast.certificates.staticpods.Manifests;
import dev.ballast.certificates.staticpods.StaticPod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told to do elsewhere, to the letter: people copy it in a bad hour. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class NextStepsTest {
  private static final Instant START = Instant.parse("2027-01-01T00:00:00Z");
  private static final Duration YEAR = Duration.ofDays(365);

  @TempDir(factory = InMemory.class)
  Path temp;

  private RecoveryDecision decided(Duration age) throws IOException {
    var cluster = TestCluster.create(temp, START, 6443);
    var snapshot = SnapshotReader.read(cluster.files(), START.plus(age));
    return RecoveryDecision.of(
        Check.decide(snapshot, Check.DEFAULT_WARNING), Duration.ofDays(30), false);
  }

  private List<StaticPod> etcdOf(String initialCluster) throws IOException {
    var manifests = Files.createDirectories(temp.resolve("etc/kubernetes/manifests"));
    Files.writeString(
        manifests.resolve("etcd.yaml"),
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: etcd, namespace: kube-system}
        spec:
          containers:
          - name: etcd
            command: [etcd, --name=node-1, "--initial-cluster=%s"]
        """
            .formatted(initialCluster));
    return Manifests.read(manifests);
  }

  @Test
  void expired_leafs_are_recovered_where_they_are_and_nothing_is_copied() throws IOException {
    var pods =
        etcdOf(
            "node-1=https://192.0.2.1:2380,node-2=https://192.0.2.2:2380,node-3=https://[2001:db8::3]:2380");

    assertThat(NextSteps.after(decided(YEAR.multipliedBy(2)), pods, TestCluster.NODE))
        .containsExactly(
            "# control-plane node node-2",
            "ssh root@192.0.2.2 ballast certs recover",
            "# control-plane node node-3",
            "ssh root@2001:db8::3 ballast certs recover",
            "# any other control-plane NODE, if there is one",
            "ssh root@NODE ballast certs recover",
            "# every worker NODE that kubectl get nodes shows as NotReady",
            "(umask 077; ballast kubeconfig user --client-name system:node:NODE --org system:nodes"
                + " > kubelet-NODE.conf)",
            "scp kubelet-NODE.conf root@NODE:/etc/kubernetes/kubelet.conf",
            "rm kubelet-NODE.conf",
            "ssh root@NODE 'rm -f /var/lib/kubelet/pki/kubelet-client*; systemctl restart kubelet'",
            "ssh root@NODE 'until [ -e /var/lib/kubelet/pki/kubelet-client-current.pem ]; do sleep"
                + " 1; done'",
            "ssh root@NODE \"sed -i -e 's|client-certificate-data: .*|client-certificate:"
                + " /var/lib/kubelet/pki/kubelet-client-current.pem|' -e 's|client-key-data:"
                + " .*|client-key: /var/lib/kubelet/pki/kubelet-client-current.pem|'"
                + " /etc/kubernetes/kubelet.conf\"");
  }

  @Test
  void expired_authorities_are_copied_first_and_those_who_trust_them_are_told() throws IOException {
    var pods = etcdOf("node-1=https://192.0.2.1:2380,node-3=https://[2001:db8::3]:2380");
    var decision = decided(YEAR.multipliedBy(12));

    assertThat(decision.renews(Authority.CA)).isTrue();
    assertThat(NextSteps.after(decision, pods, TestCluster.NODE))
        .containsExactly(
            "# control-plane node node-3",
            "scp /etc/kubernetes/pki/ca.crt root@[2001:db8::3]:/etc/kubernetes/pki/ca.crt",
            "scp /etc/kubernetes/pki/etcd/ca.crt"
                + " root@[2001:db8::3]:/etc/kubernetes/pki/etcd/ca.crt",
            "scp /etc/kubernetes/pki/front-proxy-ca.crt"
                + " root@[2001:db8::3]:/etc/kubernetes/pki/front-proxy-ca.crt",
            "ssh root@2001:db8::3 ballast certs recover",
            "# any other control-plane NODE, if there is one",
            "scp /etc/kubernetes/pki/ca.crt root@NODE:/etc/kubernetes/pki/ca.crt",
            "scp /etc/kubernetes/pki/etcd/ca.crt root@NODE:/etc/kubernetes/pki/etcd/ca.crt",
            "scp /etc/kubernetes/pki/front-proxy-ca.crt"
                + " root@NODE:/etc/kubernetes/pki/front-proxy-ca.crt",
            "ssh root@NODE ballast certs recover",
            "# every worker NODE that kubectl get nodes shows as NotReady",
            "scp /etc/kubernetes/pki/ca.crt root@NODE:/etc/kubernetes/pki/ca.crt",
            "(umask 077; ballast kubeconfig user --client-name system:node:NODE --org system:nodes"
                + " > kubelet-NODE.conf)",
            "scp kubelet-NODE.conf root@NODE:/etc/kubernetes/kubelet.conf",
            "rm kubelet-NODE.conf",
            "ssh root@NODE 'rm -f /var/lib/kubelet/pki/kubelet-client*; systemctl restart kubelet'",
            "ssh root@NODE 'until [ -e /var/lib/kubelet/pki/kubelet-client-current.pem ]; do sleep"
                + " 1; done'",
            "ssh root@NODE \"sed -i -e 's|client-certificate-data: .*|client-certificate:"
                + " /var/lib/kubelet/pki/kubelet-client-current.pem|' -e 's|client-key-data:"
                + " .*|client-key: /var/lib/kubelet/pki/kubelet-client-current.pem|'"
                + " /etc/kubernetes/kubelet.conf\"",
            "# the new CA certificate for nodes that join, and for pods",
            "kubeadm init phase bootstrap-token",
            "kubectl -n kube-system rollout restart daemonset",
            "kubectl -n kube-system rollout restart deployment");
  }

  @Test
  void the_first_node_of_a_cluster_does_not_know_the_others_and_says_so() throws IOException {
    assertThat(
            NextSteps.after(
                decided(YEAR.multipliedBy(2)),
                etcdOf("node-1=https://192.0.2.1:2380"),
                TestCluster.NODE))
        .startsWith(
            "# every other control-plane NODE, if there is one",
            "ssh root@NODE ballast certs recover",
            "# every worker NODE that kubectl get nodes shows as NotReady");
  }
}
