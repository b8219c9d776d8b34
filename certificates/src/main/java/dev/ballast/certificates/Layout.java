package dev.ballast.certificates;

import java.nio.file.Path;

/**
 * Where the files of a control-plane node are.
 *
 * @param certificatesDir kubeadm's {@code certificatesDir}
 * @param kubeconfigDir where admin.conf and its like are
 */
public record Layout(Path certificatesDir, Path kubeconfigDir) {
  public static final Layout DEFAULT =
      new Layout(Path.of("/etc/kubernetes/pki"), Path.of("/etc/kubernetes"));

  public Path certificate(Authority authority) {
    return certificatesDir.resolve(authority.baseName() + ".crt");
  }

  public Path key(Authority authority) {
    return certificatesDir.resolve(authority.baseName() + ".key");
  }

  public Path certificate(Leaf leaf) {
    return certificatesDir.resolve(leaf.baseName() + ".crt");
  }

  public Path key(Leaf leaf) {
    return certificatesDir.resolve(leaf.baseName() + ".key");
  }

  public Path kubeconfig(KubeconfigFile file) {
    return kubeconfigDir.resolve(file.label());
  }

  /** The key that signs service account tokens. */
  public Path serviceAccountKey() {
    return certificatesDir.resolve("sa.key");
  }

  public Path serviceAccountPublicKey() {
    return certificatesDir.resolve("sa.pub");
  }

  /** The file in which the certificate of something lies. */
  public Path file(Renewable renewable) {
    return switch (renewable) {
      case Leaf leaf -> certificate(leaf);
      case KubeconfigFile kubeconfig -> kubeconfig(kubeconfig);
    };
  }
}
