package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.testkit.Ran;
import dev.ballast.testkit.cluster.Cluster;
import dev.ballast.testkit.cluster.ClusterNode;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * A cluster that this program makes of machines with real containerd and kubelets; the tests go on
 * from one another.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class InitOnRealMachinesIT {
  private static final String TOKEN = "abcdef.0123456789abcdef";

  private static Cluster machines;
  private static ClusterNode first;
  private static ClusterNode second;

  @BeforeAll
  @Timeout(300)
  static void start() throws Exception {
    machines = Cluster.machines(2);
    first = machines.nodes().getFirst();
    second = machines.nodes().getLast();
    Files.writeString(first.kubelet().resolve("init.yaml"), configuration());
  }

  @AfterAll
  static void stop() {
    if (machines != null) {
      machines.close();
    }
  }

  private static String configuration() {
    return """
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: InitConfiguration
    bootstrapTokens:
    - token: %1$s
    localAPIEndpoint:
      advertiseAddress: %2$s
    nodeRegistration:
      name: %3$s
      criSocket: unix:///run/containerd/containerd.sock
      kubeletExtraArgs:
      - {name: node-ip, value: %2$s}
    ---
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    kubernetesVersion: v1.36.3
    encryptionAlgorithm: ECDSA-P256
    apiServer:
      certSANs: [127.0.0.1, localhost]
    dns: {disabled: true}
    etcd:
      local:
        extraArgs:
        - {name: unsafe-no-fsync, value: "true"}
    ---
    apiVersion: kubelet.config.k8s.io/v1beta1
    kind: KubeletConfiguration
    cgroupDriver: cgroupfs
    failCgroupV1: false
    failSwapOn: false
    localStorageCapacityIsolation: false
    imageGCHighThresholdPercent: 100
    imageGCLowThresholdPercent: 99
    evictionHard:
      memory.available: 50Mi
      nodefs.available: 1%%
      imagefs.available: 1%%
      nodefs.inodesFree: 1%%
    ---
    apiVersion: kubeproxy.config.k8s.io/v1alpha1
    kind: KubeProxyConfiguration
    mode: nftables
    conntrack:
      maxPerCore: 0
      min: 0
      tcpEstablishedTimeout: 0s
      tcpCloseWaitTimeout: 0s
    """
        .formatted(TOKEN, first.address(), first.name());
  }

  private static Ran init(String... more) throws Exception {
    var words =
        new ArrayList<>(
            List.of(
                "init",
                "--config=/var/lib/kubelet/init.yaml",
                "--cni=bridge",
                "--ignore-preflight-errors=Mem,NumCPU,SystemVerification",
                "--kubelet-log=" + first.log("kubelet")));
    words.addAll(List.of(more));
    return OnNodes.ballast(first, words.toArray(String[]::new));
  }

  @Test
  @Order(1)
  @Timeout(400)
  void init_brings_up_a_control_plane_whose_node_is_ready() throws Exception {
    Ran ran = init();

    assertThat(ran.output() + (ran.exitCode() == 0 ? "" : first.lastWords()))
        .contains("The node node1 is Ready")
        .contains("ballast join " + first.address() + ":6443 --token " + TOKEN);
    assertThat(ran.exitCode()).isZero();
    machines.initialized();
    assertThat(
            machines
                .kubectl(
                    "",
                    "get",
                    "node",
                    "node1",
                    "-o",
                    "jsonpath={.metadata.labels} {.spec.taints[*].key}")
                .orFail())
        .contains("node-role.kubernetes.io/control-plane")
        .contains("node.kubernetes.io/exclude-from-external-load-balancers");
  }

  @Test
  @Order(2)
  void an_existing_cluster_is_refused_with_the_way_on() throws Exception {
    Ran ran = init();

    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.output())
        .contains("[ERROR FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml]")
        .contains("ballast reset");
  }

  @Test
  @Order(3)
  @Timeout(200)
  void a_second_machine_joins_by_token_and_pin() throws Exception {
    String pin =
        OnNodes.ballast(
                first, "init", "phase", "show-join-command", "--config=/var/lib/kubelet/init.yaml")
            .orFail()
            .replaceAll("(?s).*(sha256:[0-9a-f]{64}).*", "$1");

    Ran wrong =
        join("--token", TOKEN, "--discovery-token-ca-cert-hash", "sha256:" + "0".repeat(64));
    Ran right = join("--token", TOKEN, "--discovery-token-ca-cert-hash", pin);

    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.output()).contains("is not the pinned one");
    assertThat(right.output() + (right.exitCode() == 0 ? "" : second.lastWords()))
        .contains("This node has joined the cluster");
    assertThat(right.exitCode()).isZero();
    assertThat(second.kubernetes().resolve("bootstrap-kubelet.conf")).doesNotExist();
  }

  private static Ran join(String... more) throws Exception {
    var words =
        new ArrayList<>(
            List.of(
                "join",
                first.address() + ":6443",
                "--cni=bridge",
                "--cri-socket=unix:///run/containerd/containerd.sock",
                "--node-name=node2",
                "--ignore-preflight-errors=all",
                "--kubelet-log=" + second.log("kubelet")));
    words.addAll(List.of(more));
    return OnNodes.ballast(second, words.toArray(String[]::new));
  }
}
