package dev.ballast.bootstrap.machine;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.pki.PkiFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Where the files of a node are written; in a dry run, all in one directory.
 *
 * @param pki certificates
 * @param kubernetes kubeconfigs
 * @param manifests static pods
 * @param kubelet the kubelet's configuration
 * @param cni network configurations of the container runtime
 */
public record NodeFiles(Path pki, Path kubernetes, Path manifests, Path kubelet, Path cni) {

  /** Returns those of a machine. */
  public static NodeFiles of(Path root, String certificatesDir) {
    return new NodeFiles(
        root.resolve(certificatesDir.substring(1)),
        root.resolve("etc/kubernetes"),
        root.resolve("etc/kubernetes/manifests"),
        root.resolve("var/lib/kubelet"),
        root.resolve("etc/cni/net.d"));
  }

  /** Returns those of a dry run. */
  public static NodeFiles dry(Path directory) {
    return new NodeFiles(directory, directory, directory, directory, directory);
  }

  public Path manifest(String component) {
    return manifests.resolve(component + ".yaml");
  }

  public Path kubeconfig(String name) {
    return kubernetes.resolve(name);
  }

  public Path kubeletConfiguration() {
    return kubelet.resolve("config.yaml");
  }

  public Path instanceConfiguration() {
    return kubelet.resolve("instance-config.yaml");
  }

  public Path kubeletFlags() {
    return kubelet.resolve("kubeadm-flags.env");
  }

  /** Replaces a file whole; its directory is made with the mode that kubeadm gives it. */
  public static void write(Path file, String text, String mode) {
    try {
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null) {
        directory(parent, "rwxr-xr-x");
      }
      PkiFiles.replace(file, text.getBytes(StandardCharsets.UTF_8), mode);
    } catch (IOException e) {
      throw new BootstrapFailure(
          "cannot write " + file + ": " + PkiFiles.reason(e),
          "make room or make it writable, then run the same command again: it goes on from there",
          e);
    }
  }

  /** Makes a directory unless it is there. */
  public static void directory(Path directory, String mode) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
    }
  }

  /** Makes a directory with a mode, or gives it that. */
  public static void privateDirectory(Path directory, String mode) {
    try {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
    } catch (IOException e) {
      throw new BootstrapFailure(
          "cannot make " + directory + ": " + PkiFiles.reason(e),
          "make room or make it writable, then run the same command again",
          e);
    }
  }
}
