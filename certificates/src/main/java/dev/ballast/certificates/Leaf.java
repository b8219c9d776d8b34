package dev.ballast.certificates;

import dev.ballast.pki.Purpose;
import java.util.List;

/** The certificates that kubeadm makes beside the authorities, in the order in which it does. */
public enum Leaf implements Renewable {
  APISERVER(
      "apiserver",
      "apiserver",
      Authority.CA,
      "kube-apiserver",
      "certificate for serving the Kubernetes API",
      List.of(Purpose.SERVER_AUTH)),
  APISERVER_KUBELET_CLIENT(
      "apiserver-kubelet-client",
      "apiserver-kubelet-client",
      Authority.CA,
      "kube-apiserver-kubelet-client",
      "certificate for the API server to connect to kubelet",
      List.of(Purpose.CLIENT_AUTH)),
  FRONT_PROXY_CLIENT(
      "front-proxy-client",
      "front-proxy-client",
      Authority.FRONT_PROXY_CA,
      "front-proxy-client",
      "certificate for the front proxy client",
      List.of(Purpose.CLIENT_AUTH)),
  ETCD_SERVER(
      "etcd-server",
      "etcd/server",
      Authority.ETCD_CA,
      "",
      "certificate for serving etcd",
      List.of(Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH)),
  ETCD_PEER(
      "etcd-peer",
      "etcd/peer",
      Authority.ETCD_CA,
      "",
      "certificate for etcd nodes to communicate with each other",
      List.of(Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH)),
  ETCD_HEALTHCHECK_CLIENT(
      "etcd-healthcheck-client",
      "etcd/healthcheck-client",
      Authority.ETCD_CA,
      "kube-etcd-healthcheck-client",
      "certificate for liveness probes to healthcheck etcd",
      List.of(Purpose.CLIENT_AUTH)),
  APISERVER_ETCD_CLIENT(
      "apiserver-etcd-client",
      "apiserver-etcd-client",
      Authority.ETCD_CA,
      "kube-apiserver-etcd-client",
      "certificate the apiserver uses to access etcd",
      List.of(Purpose.CLIENT_AUTH));

  private final String label;
  private final String baseName;
  private final Authority authority;
  private final String commonName;
  private final String longName;

  @SuppressWarnings("ImmutableEnumChecker") // always made by List.of
  private final List<String> purposes;

  Leaf(
      String label,
      String baseName,
      Authority authority,
      String commonName,
      String longName,
      List<String> purposes) {
    this.label = label;
    this.baseName = baseName;
    this.authority = authority;
    this.commonName = commonName;
    this.longName = longName;
    this.purposes = purposes;
  }

  @Override
  public String label() {
    return label;
  }

  /** Its files under the PKI directory, without their ending. */
  public String baseName() {
    return baseName;
  }

  @Override
  public Authority authority() {
    return authority;
  }

  @Override
  public String longName() {
    return longName;
  }

  @Override
  public List<String> purposes() {
    return purposes;
  }

  /** The CN: fixed, or the name of the node for what etcd serves with. */
  public String commonName(String nodeName) {
    return commonName.isEmpty() ? nodeName : commonName;
  }

  /** The O of this release. */
  public List<String> organizations(Release release) {
    return switch (this) {
      case APISERVER_KUBELET_CLIENT ->
          release.bindsKubeletClientByName()
              ? List.of()
              : List.of(release.hasSuperAdmin() ? "kubeadm:cluster-admins" : "system:masters");
      case ETCD_HEALTHCHECK_CLIENT, APISERVER_ETCD_CLIENT ->
          release.hasSuperAdmin() ? List.of() : List.of("system:masters");
      case APISERVER, FRONT_PROXY_CLIENT, ETCD_SERVER, ETCD_PEER -> List.of();
    };
  }
}
