package dev.ballast.certificates;

import dev.ballast.pki.Purpose;
import java.util.List;

/** The kubeconfigs that kubeadm writes; {@link #KUBELET} is not among those it renews. */
public enum KubeconfigFile implements Renewable {
  ADMIN("admin.conf", "kubernetes-admin", "the admin to use and for kubeadm itself"),
  SUPER_ADMIN("super-admin.conf", "kubernetes-super-admin", "the super-admin"),
  KUBELET("kubelet.conf", "system:node:", "the kubelet to use"),
  CONTROLLER_MANAGER(
      "controller-manager.conf", "system:kube-controller-manager", "the controller manager to use"),
  // "scheduler manager" is what kubeadm says.
  SCHEDULER("scheduler.conf", "system:kube-scheduler", "the scheduler manager to use");

  private final String label;
  private final String user;
  private final String purpose;

  KubeconfigFile(String label, String user, String purpose) {
    this.label = label;
    this.user = user;
    this.purpose = purpose;
  }

  /** The name of the file, which is its name everywhere. */
  @Override
  public String label() {
    return label;
  }

  @Override
  public String longName() {
    return "certificate embedded in the kubeconfig file for " + purpose;
  }

  @Override
  public Authority authority() {
    return Authority.CA;
  }

  @Override
  public List<String> purposes() {
    return List.of(Purpose.CLIENT_AUTH);
  }

  /** The CN and the name of the user. */
  public String userName(String nodeName) {
    return this == KUBELET ? user + nodeName : user;
  }

  /** The O of this release. */
  public List<String> organizations(Release release) {
    return switch (this) {
      case ADMIN -> List.of(release.hasSuperAdmin() ? "kubeadm:cluster-admins" : "system:masters");
      case SUPER_ADMIN -> List.of("system:masters");
      case KUBELET -> List.of("system:nodes");
      case CONTROLLER_MANAGER, SCHEDULER -> List.of();
    };
  }
}
