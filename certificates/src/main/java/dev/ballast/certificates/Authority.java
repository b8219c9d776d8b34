package dev.ballast.certificates;

import java.util.Arrays;
import java.util.Optional;

/** The three certificate authorities of a cluster, in the order of kubeadm's table. */
public enum Authority {
  CA("ca", "ca", "kubernetes"),
  ETCD_CA("etcd-ca", "etcd/ca", "etcd-ca"),
  FRONT_PROXY_CA("front-proxy-ca", "front-proxy-ca", "front-proxy-ca");

  private final String label;
  private final String baseName;
  private final String commonName;

  Authority(String label, String baseName, String commonName) {
    this.label = label;
    this.baseName = baseName;
    this.commonName = commonName;
  }

  /** What kubeadm calls it, such as {@code etcd-ca}. */
  public String label() {
    return label;
  }

  /** Its files under the PKI directory, without their ending, such as {@code etcd/ca}. */
  public String baseName() {
    return baseName;
  }

  public String commonName() {
    return commonName;
  }

  public static Optional<Authority> labelled(String label) {
    return Arrays.stream(values()).filter(a -> a.label.equals(label)).findFirst();
  }
}
