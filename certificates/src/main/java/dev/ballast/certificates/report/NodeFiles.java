package dev.ballast.certificates.report;

import dev.ballast.certificates.Layout;
import dev.ballast.certificates.MountedDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where the files of a node are.
 *
 * @param name of the node
 * @param root the directory that is {@code /} to paths inside its files: the machine's own, or
 *     where an image of a node is mounted
 * @param layout of PKI and kubeconfigs
 * @param kubeletPki where the kubelet keeps its certificates
 * @param homes the home directories that may hold {@code .kube/config}
 */
public record NodeFiles(String name, Path root, Layout layout, Path kubeletPki, List<Path> homes) {
  /** A machine with more users than this is not a node. */
  private static final int MAX_HOMES = 1000;

  private static final int PASSWD_FIELDS = 7;
  private static final int HOME = 5;

  public NodeFiles {
    homes = List.copyOf(homes);
  }

  /** The usual places below a root directory. */
  public static NodeFiles below(String name, Path root) {
    return below(
        name,
        root,
        new Layout(
            MountedDisk.inside(root, Layout.DEFAULT.certificatesDir()),
            MountedDisk.inside(root, Layout.DEFAULT.kubeconfigDir())));
  }

  /** As {@link #below(String, Path)}, with PKI and kubeconfigs elsewhere. */
  public static NodeFiles below(String name, Path root, Layout layout) {
    var kubeletPki = MountedDisk.inside(root, Path.of("/var/lib/kubelet/pki"));
    return new NodeFiles(name, root, layout, kubeletPki, homes(root));
  }

  /** Of root, of everybody below {@code /home}, and of whom {@code /etc/passwd} names. */
  private static List<Path> homes(Path root) {
    var homes = new TreeSet<Path>();
    homes.add(root.resolve("root"));
    addBelow(root.resolve("home"), homes);
    addOfPasswd(root, homes);
    return List.copyOf(homes);
  }

  private static void addBelow(Path parent, Set<Path> homes) {
    if (!Files.isDirectory(parent)) {
      return;
    }
    try (var users = Files.newDirectoryStream(parent)) {
      for (var user : users) {
        if (homes.size() < MAX_HOMES) {
          homes.add(user);
        }
      }
    } catch (IOException e) {
      // Without the right to list them the others are still worth looking at.
      return;
    }
  }

  private static void addOfPasswd(Path root, Set<Path> homes) {
    // Bytes that are no UTF-8 may stand in a user's full name.
    try (var lines = Files.lines(root.resolve("etc/passwd"), StandardCharsets.ISO_8859_1)) {
      lines
          .limit(MAX_HOMES)
          .map(line -> line.split(":", -1))
          .filter(fields -> fields.length == PASSWD_FIELDS && fields[HOME].startsWith("/"))
          .map(fields -> root.resolve(fields[HOME].substring(1)).normalize())
          .filter(home -> home.startsWith(root.normalize()) && Files.isDirectory(home))
          .forEach(homes::add);
    } catch (IOException | UncheckedIOException | InvalidPathException e) {
      // The usual places are looked at anyway.
      return;
    }
  }

  public Path manifests() {
    return layout.kubeconfigDir().resolve("manifests");
  }

  public Path kubeletConf() {
    return layout.kubeconfigDir().resolve("kubelet.conf");
  }

  /** The link that the kubelet, and its kubeconfig, know its client certificate by. */
  public Path kubeletClientLink() {
    return kubeletPki.resolve("kubelet-client-current.pem");
  }

  /** The kubelet's client certificate with its key. */
  public Path kubeletClient() {
    return reach(kubeletClientLink());
  }

  /** The serving certificate with its key that the cluster signed for the kubelet. */
  public Path kubeletServing() {
    return reach(kubeletPki.resolve("kubelet-server-current.pem"));
  }

  /**
   * A path that is written in a file of the node, as this machine reaches it: the kubelet's own
   * links are absolute, and lead out of an image of its node.
   */
  public Path reach(Path written) {
    if (!written.isAbsolute() || root.equals(Path.of("/"))) {
      return written;
    }
    var ofNode =
        written.startsWith(root) ? Path.of("/").resolve(root.relativize(written)) : written;
    return MountedDisk.inside(root, ofNode);
  }
}
