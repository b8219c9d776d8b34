package dev.ballast.certificates;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What {@code certs renew} knows by name: a certificate with its key, or a kubeconfig. */
public sealed interface Renewable permits Leaf, KubeconfigFile {

  /** The name on the command line and in the table. */
  String label();

  /** What kubeadm calls it in messages. */
  String longName();

  /** Who signs it. */
  Authority authority();

  /** OIDs of the purposes that it must allow. */
  List<String> purposes();

  /** All of a control-plane node in the order of kubeadm: byte-wise by name. */
  static List<Renewable> all(Release release, boolean externalEtcd) {
    var all = new ArrayList<Renewable>();
    for (Leaf leaf : Leaf.values()) {
      if (!externalEtcd || leaf.authority() != Authority.ETCD_CA) {
        all.add(leaf);
      }
    }
    for (KubeconfigFile file : KubeconfigFile.values()) {
      if (file != KubeconfigFile.KUBELET
          && (release.hasSuperAdmin() || file != KubeconfigFile.SUPER_ADMIN)) {
        all.add(file);
      }
    }
    all.sort(Comparator.comparing(Renewable::label));
    return List.copyOf(all);
  }
}
