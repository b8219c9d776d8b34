package dev.ballast.certificates.change;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Where the lock, the journal and the backups are: {@code ballast/} beside the kubeconfig files, so
 * that it is on the same file system, travels with an image of the node, and one mount shows all of
 * it to a container.
 *
 * @param root the directory itself
 * @param within nothing outside of this directory is changed, wherever links lead
 */
public record StateDirectory(Path root, Path within) {
  public StateDirectory {
    root = root.toAbsolutePath().normalize();
    within = within.toAbsolutePath().normalize();
  }

  /** The state of the node whose kubeconfig files are in this directory. */
  public static StateDirectory beside(Path kubeconfigDirectory) {
    return new StateDirectory(kubeconfigDirectory.resolve("ballast"), Path.of("/"));
  }

  /** As it is, with changes kept to what lies below a directory: the mounted disk of a node. */
  public StateDirectory within(Path directory) {
    return new StateDirectory(root, directory);
  }

  /** Without symbolic links, as the paths of changed files are. */
  Path real() throws IOException {
    return root.toRealPath();
  }

  Path lock() {
    return root.resolve("lock");
  }

  Path journal() {
    return root.resolve("journal");
  }

  /** The commit record, written in advance so that committing is one rename. */
  Path commitRecord() {
    return root.resolve("journal.committed");
  }

  Path unwritten() {
    return root.resolve("journal.unwritten");
  }

  /** The backups, one directory each. */
  public Path backups() {
    return root.resolve("backups");
  }

  /** Where manifests wait while their static pod is down. */
  public Path manifestsAside() {
    return root.resolve("manifests-aside");
  }
}
