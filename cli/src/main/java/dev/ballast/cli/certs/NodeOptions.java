package dev.ballast.cli.certs;

import dev.ballast.certificates.Layout;
import dev.ballast.certificates.MountedDisk;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.certificates.config.NodeDefaults;
import dev.ballast.certificates.report.NodeFiles;
import dev.ballast.certificates.staticpods.ManifestsAside;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Where the node's files are. */
final class NodeOptions {
  @Option(
      names = "--cert-dir",
      paramLabel = "DIR",
      defaultValue = "/etc/kubernetes/pki",
      description = "Where the certificates are (default: ${DEFAULT-VALUE}).")
  private Path certDir = Layout.DEFAULT.certificatesDir();

  @Option(
      names = "--kubeconfig-dir",
      paramLabel = "DIR",
      defaultValue = "/etc/kubernetes",
      description = "Where admin.conf and its like are (default: ${DEFAULT-VALUE}).")
  private Path kubeconfigDir = Layout.DEFAULT.kubeconfigDir();

  @Option(
      names = "--rootfs",
      paramLabel = "DIR",
      description = "Take all paths under this directory, as on a mounted disk of another machine.")
  private @Nullable Path rootfs;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description = "The name of the node (default: the host name).")
  private @Nullable String node;

  /** Whether this is the disk of a machine that does not run. */
  boolean isImage() {
    return rootfs != null;
  }

  NodeFiles files() {
    var root = rootfs == null ? Path.of("/") : rootfs.toAbsolutePath();
    var name = node == null ? NodeDefaults.read().nodeName() : node;
    return NodeFiles.below(name, root, new Layout(under(certDir), under(kubeconfigDir)));
  }

  Path under(Path path) {
    return rootfs == null
        ? path
        : MountedDisk.inside(rootfs.toAbsolutePath(), path.toAbsolutePath());
  }

  StateDirectory state() {
    var state = StateDirectory.beside(under(kubeconfigDir));
    return rootfs == null ? state : state.within(rootfs);
  }

  Changes changes() {
    return Changes.in(state(), InstantSource.system());
  }

  /** Finishes or takes back what a killed run left, and says so. */
  void settle(CommandSpec spec) {
    Leftovers.settle(spec, state());
  }

  /** Puts back the manifests that a killed restart left aside; only while nobody restarts. */
  ManifestsAside aside() {
    return new ManifestsAside(state().manifestsAside());
  }
}
