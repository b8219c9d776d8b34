package dev.ballast.cli.certs;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.MountedDisk;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.certificates.config.ClusterConfiguration;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the files are, and which kubeadm is meant. */
public final class PlaceOptions {
  @Option(
      names = "--cert-dir",
      paramLabel = "DIR",
      description =
          "Where the certificates are (default: what the configuration says, or"
              + " /etc/kubernetes/pki).")
  private @Nullable Path certDir;

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
      names = "--compat",
      paramLabel = "VERSION",
      description = "Print and make what kubeadm of this version does, such as 1.29.")
  private @Nullable String compat;

  public Release release() {
    return compat == null ? Release.LATEST : Release.parse(compat);
  }

  /** Whether this is the disk of a machine that does not run. */
  public boolean isImage() {
    return rootfs != null;
  }

  /** Where the files are: the option where it is given, otherwise what the configuration says. */
  public Layout layout(ClusterConfiguration cluster) {
    Path certificates = certDir == null ? cluster.certificatesDir() : certDir;
    return new Layout(under(certificates), under(kubeconfigDir));
  }

  /** A path as it is on this machine. */
  public Path under(Path path) {
    if (rootfs == null) {
      return path;
    }
    if (!Files.isDirectory(rootfs)) {
      throw new CertificatesFailure(
          "--rootfs " + rootfs + " is not a directory", "mount the other disk there first");
    }
    return MountedDisk.inside(rootfs.toAbsolutePath(), path.toAbsolutePath());
  }

  /** Where the lock, the journal and the backups are. */
  StateDirectory state() {
    var state = StateDirectory.beside(under(kubeconfigDir));
    return rootfs == null ? state : state.within(rootfs);
  }
}
