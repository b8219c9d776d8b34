package dev.ballast.testkit.cluster;

import dev.ballast.testkit.Ran;
import java.io.IOException;
import java.nio.file.Path;

/** The configuration files of kubeadm for a cluster of a test. */
final class KubeadmFiles {
  private static final String TOKEN = "abcdef.0123456789abcdef";

  /** Writes down who asked for what, and how it was answered. */
  static final String AUDIT_POLICY =
      """
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived]
      rules:
      - level: Metadata
      """;

  private KubeadmFiles() {}

  static String version(Path kubeadm) throws IOException, InterruptedException {
    return Ran.ok(kubeadm.toString(), "version", "-o", "short").strip();
  }

  static String init(String version, ClusterNode node) {
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
      taints: []
      kubeletExtraArgs:
      - {name: node-ip, value: %2$s}
    ---
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    kubernetesVersion: %4$s
    encryptionAlgorithm: ECDSA-P256
    controlPlaneEndpoint: %2$s:6443
    apiServer:
      certSANs: [127.0.0.1, localhost]
      extraArgs:
      - {name: audit-policy-file, value: /etc/kubernetes/audit/policy.yaml}
      - {name: audit-log-path, value: /etc/kubernetes/audit/log}
      extraVolumes:
      - name: audit
        hostPath: /etc/kubernetes/audit
        mountPath: /etc/kubernetes/audit
        pathType: Directory
    etcd:
      local:
        extraArgs:
        - {name: unsafe-no-fsync, value: "true"}
    networking:
      podSubnet: %5$s
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
    clusterCIDR: %5$s
    conntrack:
      maxPerCore: 0
      min: 0
      tcpEstablishedTimeout: 0s
      tcpCloseWaitTimeout: 0s
    """
        .formatted(TOKEN, node.address(), node.name(), version, Network.POD_SUBNET);
  }

  static String join(ClusterNode first, ClusterNode node) {
    return """
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: JoinConfiguration
    discovery:
      bootstrapToken:
        apiServerEndpoint: %1$s:6443
        token: %2$s
        unsafeSkipCAVerification: true
    nodeRegistration:
      name: %3$s
      criSocket: unix:///run/containerd/containerd.sock
      kubeletExtraArgs:
      - {name: node-ip, value: %4$s}
    """
        .formatted(first.address(), TOKEN, node.name(), node.address());
  }
}
