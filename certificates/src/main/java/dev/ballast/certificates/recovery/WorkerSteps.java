package dev.ballast.certificates.recovery;

import dev.ballast.certificates.Authority;
import java.util.List;

/**
 * Commands for worker nodes, where NODE stands for a node's name. Workers need nothing but a shell:
 * Ballast is not asked to be there.
 */
public final class WorkerSteps {
  private static final String CONF = "/etc/kubernetes/kubelet.conf";
  private static final String CURRENT = "/var/lib/kubelet/pki/kubelet-client-current.pem";
  private static final String CA = "/etc/kubernetes/pki/" + Authority.CA.baseName() + ".crt";

  private WorkerSteps() {}

  /** The kubelet lets in whom the CA file of this node says. */
  public static String copyAuthority() {
    return "scp " + CA + " root@NODE:" + CA;
  }

  public static String restartKubelet() {
    return "ssh root@NODE systemctl restart kubelet";
  }

  /** The kubelet believes whom that file says, instead of what its kubeconfig once embedded. */
  public static String trustAuthorityFile() {
    return "ssh root@NODE \"sed -i 's|certificate-authority-data: .*|certificate-authority: "
        + CA
        + "|' "
        + CONF
        + "\"";
  }

  /**
   * The kubelet gets a certificate made here, with which it asks the cluster for one of its own;
   * that one it rotates, so its kubeconfig must name the rotated file in the end.
   */
  public static List<String> newIdentity() {
    return List.of(
        "(umask 077; ballast kubeconfig user --client-name system:node:NODE --org system:nodes >"
            + " kubelet-NODE.conf)",
        "scp kubelet-NODE.conf root@NODE:" + CONF,
        "rm kubelet-NODE.conf",
        "ssh root@NODE 'rm -f /var/lib/kubelet/pki/kubelet-client*; systemctl restart kubelet'",
        "ssh root@NODE 'until [ -e " + CURRENT + " ]; do sleep 1; done'",
        "ssh root@NODE \"sed -i -e 's|client-certificate-data: .*|client-certificate: "
            + CURRENT
            + "|' -e 's|client-key-data: .*|client-key: "
            + CURRENT
            + "|' "
            + CONF
            + "\"");
  }
}
