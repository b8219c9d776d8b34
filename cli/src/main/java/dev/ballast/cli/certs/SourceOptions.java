package dev.ballast.cli.certs;

import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.certificates.config.ClusterConfigMap;
import dev.ballast.certificates.config.ConfigurationSource;
import dev.ballast.certificates.config.NodeDefaults;
import dev.ballast.cli.Threads;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where the certificates and their configuration are: kubeadm's options, and some of ours. */
public final class SourceOptions {
  private static final Path ADMIN_CONF = Path.of("/etc/kubernetes/admin.conf");

  @Mixin private PlaceOptions place;

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

  @Option(names = "--offline", description = "Do not ask the cluster for its configuration.")
  private boolean offline;

  public Release release() {
    return place.release();
  }

  /** What the configuration is, wherever it comes from. */
  public ConfigurationSource configuration() {
    // What is there is looked at or renewed; no name of the node goes into it.
    NodeDefaults node = NodeDefaults.UNKNOWN;
    if (config != null) {
      return ConfigurationSource.file(place.under(config), node);
    }
    if (offline) {
      return ConfigurationSource.defaults(node);
    }
    return ConfigurationSource.cluster(
        new ClusterConfigMap(ClusterConfigMap.BUDGET, Threads.TASKS),
        place.under(kubeconfig),
        node);
  }

  /** Whether this is the disk of a machine that does not run. */
  public boolean isImage() {
    return place.isImage();
  }

  /** Where the lock, the journal and the backups are. */
  StateDirectory state() {
    return place.state();
  }

  /** Where the files are. */
  public Layout layout(ConfigurationSource source) {
    return place.layout(source.configuration().cluster());
  }
}
