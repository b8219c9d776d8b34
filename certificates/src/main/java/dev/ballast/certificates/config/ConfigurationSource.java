package dev.ballast.certificates.config;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.ClusterConfigMap.Answer;
import dev.ballast.certificates.config.ConfigurationDocuments.Read;
import dev.ballast.pki.PkiFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the configuration of a {@code certs} command comes from: the file that is named, otherwise
 * the cluster, otherwise kubeadm's defaults.
 */
public sealed interface ConfigurationSource {
  InitConfiguration configuration();

  /** Unknown and duplicate fields. */
  List<String> warnings();

  /** From {@code --config}. */
  record OfFile(Path file, InitConfiguration configuration, List<String> warnings)
      implements ConfigurationSource {}

  /** From the cluster's ConfigMap. */
  record OfCluster(InitConfiguration configuration, List<String> warnings)
      implements ConfigurationSource {}

  /**
   * Defaults.
   *
   * @param asked whether the cluster was asked before
   * @param reason why it did not answer, or was not asked
   */
  record OfDefaults(InitConfiguration configuration, boolean asked, String reason)
      implements ConfigurationSource {
    @Override
    public List<String> warnings() {
      return List.of();
    }
  }

  /**
   * Reads a file.
   *
   * @throws CertificatesFailure when it cannot be understood
   */
  static ConfigurationSource file(Path file, NodeDefaults node) {
    Read read =
        ConfigurationDocuments.parse(
            new String(PkiFiles.readNamed(file), StandardCharsets.UTF_8), file.toString(), node);
    return new OfFile(file, read.configuration(), read.warnings());
  }

  /** Asks the cluster, and takes the defaults when it has no answer. */
  static ConfigurationSource cluster(ClusterConfigMap cluster, Path kubeconfig, NodeDefaults node) {
    return switch (cluster.read(kubeconfig)) {
      case Answer.NobodyToAsk nobody -> defaults(node, false, nobody.reason());
      case Answer.Failed failed -> defaults(node, true, failed.reason());
      case Answer.Text text -> {
        try {
          Read read = ClusterConfigMap.parse(text, node);
          yield new OfCluster(read.configuration(), read.warnings());
        } catch (CertificatesFailure e) {
          yield defaults(node, true, e.problem());
        }
      }
    };
  }

  /** kubeadm's defaults on this node, without asking anybody. */
  static ConfigurationSource defaults(NodeDefaults node) {
    return defaults(node, false, "not asked");
  }

  private static ConfigurationSource defaults(NodeDefaults node, boolean asked, String reason) {
    return new OfDefaults(
        new InitConfiguration(
            ClusterConfiguration.DEFAULT,
            node.nodeName(),
            node.advertiseAddress(),
            InitConfiguration.DEFAULT_PORT),
        asked,
        reason);
  }

  /** The lines that kubeadm prints about it, each to be ended by a line feed. */
  default List<String> preamble(String command, Release release) {
    boolean asked = this instanceof OfCluster || (this instanceof OfDefaults d && d.asked());
    if (!asked) {
      return List.of();
    }
    var lines = new ArrayList<String>();
    if (release.namesConfigMap()) {
      lines.add(
          "[%s] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"..."
              .formatted(command));
      lines.add("[%s] Use '%s' to re-upload it.".formatted(command, release.uploadCommand()));
    } else {
      lines.add("[" + command + "] Reading configuration from the cluster...");
      lines.add(
          "[%s] FYI: You can look at this config file with 'kubectl -n kube-system get cm kubeadm-config -o yaml'"
              .formatted(command));
    }
    if (this instanceof OfDefaults) {
      lines.add(
          "["
              + command
              + "] Error reading configuration from the Cluster. Falling back to default configuration");
    }
    lines.add("");
    return List.copyOf(lines);
  }
}
