package dev.ballast.certificates.report;

import dev.ballast.certificates.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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

  public NodeFiles {
    homes = List.copyOf(homes);
  }

  /** The usual places below a root directory. */
  public static NodeFiles below(String name, Path root) {
    return below(
        name, root, new Layout(root.resolve("etc/kubernetes/pki"), root.resolve("etc/kubernetes")));
  }

  /** As {@link #below(String, Path)}, with PKI and kubeconfigs elsewhere. */
  public static NodeFiles below(String name, Path root, Layout layout) {
    return new NodeFiles(name, root, layout, root.resolve("var/lib/kubelet/pki"), homes(root));
  }

  private static List<Path> homes(Path root) {
    var homes = new ArrayList<Path>();
    homes.add(root.resolve("root"));
    var parent = root.resolve("home");
    if (Files.isDirectory(parent)) {
      try (var users = Files.newDirectoryStream(parent)) {
        for (var user : users) {
          if (homes.size() < MAX_HOMES) {
            homes.add(user);
          }
        }
      } catch (IOException e) {
        // Without the right to list them the others are still worth looking at.
        return homes;
      }
    }
    homes.sort(null);
    return homes;
  }

  public Path manifests() {
    return layout.kubeconfigDir().resolve("manifests");
  }

  public Path kubeletConf() {
    return layout.kubeconfigDir().resolve("kubelet.conf");
  }

  public Path kubeletClient() {
    return kubeletPki.resolve("kubelet-client-current.pem");
  }

  /** A path that is written in a file of the node, as this machine reaches it. */
  public Path reach(Path written) {
    return written.isAbsolute() && !root.equals(Path.of("/")) && !written.startsWith(root)
        ? root.resolve(Path.of("/").relativize(written))
        : written;
  }
}
