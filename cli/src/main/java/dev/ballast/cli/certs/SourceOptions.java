package dev.ballast.cli.certs;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.ClusterConfigMap;
import dev.ballast.certificates.config.ConfigurationSource;
import dev.ballast.certificates.config.NodeDefaults;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the certificates and their configuration are: kubeadm's options, and three of ours. */
final class SourceOptions {
  private static final Path ADMIN_CONF = Path.of("/etc/kubernetes/admin.conf");

  @Option(
      names = "--cert-dir",
      paramLabel = "DIR",
      description =
          "Where the certificates are (default: what the configuration says, or /etc/kubernetes/pki).")
  private @Nullable Path certDir;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A kubeadm configuration file; without one the cluster is asked.")
  private @Nullable Path config;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      defaultValue = "/etc/kubernetes/admin.conf",
      description = "How to reach the cluster (default: ${DEFAULT-VALUE}).")
  private Path kubeconfig = ADMIN_CONF;

  @Option(
      names = "--kubeconfig-dir",
      paramLabel = "DIR",
      defaultValue = "/etc/kubernetes",
      description = "Where admin.conf and its like are (default: ${DEFAULT-VALUE}).")
  private Path kubeconfigDir = Layout.DEFAULT.kubeconfigDir();

  @Option(names = "--offline", description = "Do not ask the cluster for its configuration.")
  private boolean offline;

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

  Release release() {
    return compat == null ? Release.LATEST : Release.parse(compat);
  }

  /** What the configuration is, wherever it comes from. */
  ConfigurationSource configuration() {
    NodeDefaults node = NodeDefaults.read();
    if (config != null) {
      return ConfigurationSource.file(under(config), node);
    }
    if (offline) {
      return ConfigurationSource.defaults(node);
    }
    return ConfigurationSource.cluster(
        new ClusterConfigMap(ClusterConfigMap.BUDGET, Thread.ofVirtual().factory()),
        under(kubeconfig),
        node);
  }

  /** Where the files are: the option where it is given, otherwise what the configuration says. */
  Layout layout(ConfigurationSource source) {
    Path certificates =
        certDir == null ? source.configuration().cluster().certificatesDir() : certDir;
    return new Layout(under(certificates), under(kubeconfigDir));
  }

  /** A path as it is on this machine. */
  Path under(Path path) {
    if (rootfs == null) {
      return path;
    }
    if (!Files.isDirectory(rootfs)) {
      throw new CertificatesFailure(
          "--rootfs " + rootfs + " is not a directory", "mount the other disk there first");
    }
    return rootfs.resolve(Path.of("/").relativize(path.toAbsolutePath()));
  }

  Optional<Path> certDir() {
    return Optional.ofNullable(certDir);
  }
}
