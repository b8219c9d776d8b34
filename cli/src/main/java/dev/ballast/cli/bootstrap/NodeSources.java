package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.KubernetesVersion;
import dev.ballast.bootstrap.cluster.BootstrapToken;
import dev.ballast.bootstrap.config.ConfigurationFile;
import dev.ballast.bootstrap.config.Defaults;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.machine.Programs;
import dev.ballast.certificates.config.NodeDefaults;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** What commands find out about the machine they run on. */
final class NodeSources {
  private static final Pattern VERSION = Pattern.compile("v1\\.\\d+\\.\\d+\\S*");
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private NodeSources() {}

  static Defaults defaults() {
    NodeDefaults node = NodeDefaults.read();
    return new Defaults(
        node.nodeName(),
        dev.ballast.bootstrap.config.Settings.addressText(node.advertiseAddress()),
        () -> BootstrapToken.generate(new SecureRandom()),
        Programs.find("systemctl").isPresent()
            && Programs.run(LIMIT, "systemctl", "is-active", "--quiet", "systemd-resolved")
                .succeeded());
  }

  /**
   * Returns the version to install: the one that is asked for, that of the file, that of the
   * kubelet on this machine, the newest.
   */
  static KubernetesVersion version(Optional<String> asked, ConfigurationFile file) {
    String given =
        asked.orElse(Data.text(file.document("ClusterConfiguration"), "kubernetesVersion"));
    if (given.startsWith("stable") || given.startsWith("latest")) {
      throw new BootstrapFailure(
          "kubernetesVersion '" + given + "' means whatever is newest on the Internet",
          "write the version itself, for example " + KubernetesVersion.NEWEST);
    }
    if (!given.isEmpty()) {
      return KubernetesVersion.parse(given);
    }
    var matcher =
        VERSION.matcher(
            Programs.find("kubelet").isPresent()
                ? Programs.run(LIMIT, "kubelet", "--version").output()
                : "");
    return matcher.find() ? KubernetesVersion.parse(matcher.group()) : KubernetesVersion.NEWEST;
  }
}
