package dev.ballast.certificates.config;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.pki.PkiFailure;
import dev.ballast.pki.PkiFiles;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import dev.ballast.yaml.Document;
import dev.ballast.yaml.Node;
import dev.ballast.yaml.Yaml;
import dev.ballast.yaml.YamlFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/** Reads the ConfigMap in which kubeadm keeps the configuration of a cluster. */
public final class ClusterConfigMap {
  /**
   * A cluster that does not answer costs no more than this, whatever it is that hangs; with the
   * start of all that it takes to ask, it stays within three seconds.
   */
  public static final Duration BUDGET = Duration.ofMillis(2300);

  private static final String PATH = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";

  private final Duration budget;
  private final ThreadFactory tasks;

  /**
   * @param budget for everything: name, connection, handshake, answer
   * @param tasks makes the one task that asks, so that it can be left behind
   */
  public ClusterConfigMap(Duration budget, ThreadFactory tasks) {
    this.budget = budget;
    this.tasks = tasks;
  }

  /** What came of it. */
  public sealed interface Answer {
    /** The ClusterConfiguration document. */
    record Text(String document) implements Answer {}

    /** There is no kubeconfig to ask with; kubeadm says nothing then. */
    record NobodyToAsk(String reason) implements Answer {}

    /** The cluster did not answer, or not with this. */
    record Failed(String reason) implements Answer {}
  }

  /** Asks the cluster of a kubeconfig. */
  public Answer read(Path kubeconfig) {
    Kubeconfig asker;
    try {
      var text = new String(PkiFiles.readNamed(kubeconfig), StandardCharsets.UTF_8);
      asker = Kubeconfig.parse(kubeconfig, text);
    } catch (PkiFailure e) {
      return new Answer.NobodyToAsk(e.problem());
    }
    return switch (new ApiServer(asker, budget, tasks).get(PATH)) {
      case ApiServer.Answer.None(String reason) -> new Answer.Failed(reason);
      case ApiServer.Answer.Status(int code, byte[] body) when code == 200 -> document(body);
      case ApiServer.Answer.Status(int code, byte[] _) ->
          new Answer.Failed("the API server answered " + code);
    };
  }

  /** JSON is YAML, and a reader of that is here already. */
  private static Answer document(byte[] body) {
    List<Document> documents;
    try {
      documents = Yaml.parse("the API server's answer", new String(body, StandardCharsets.UTF_8));
    } catch (YamlFailure e) {
      return new Answer.Failed("the API server's answer is not JSON");
    }
    return documents.stream()
        .map(Document::root)
        .filter(Node.Mapping.class::isInstance)
        .map(Node.Mapping.class::cast)
        .findFirst()
        .flatMap(map -> map.mapping("data"))
        .flatMap(data -> data.text("ClusterConfiguration"))
        .<Answer>map(Answer.Text::new)
        .orElse(new Answer.Failed("the ConfigMap kubeadm-config has no ClusterConfiguration"));
  }

  /** Reads the document of an answer. */
  public static ConfigurationDocuments.Read parse(Answer.Text text, NodeDefaults node)
      throws CertificatesFailure {
    return ConfigurationDocuments.parse(
        text.document(), "ConfigMap kube-system/kubeadm-config", node);
  }
}
