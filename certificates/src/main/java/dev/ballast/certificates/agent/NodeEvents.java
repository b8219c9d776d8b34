package dev.ballast.certificates.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ballast.certificates.config.ApiServer;
import dev.ballast.certificates.report.NodeFiles;
import dev.ballast.pki.PkiFailure;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Writes Events on the Node to the cluster, as the kubelet does and with its right to, so that
 * {@code kubectl describe node} shows them. A cluster that does not take one costs a bounded time
 * and a line in the log: the agent's work does not depend on it.
 */
public final class NodeEvents implements Consumer<AgentEvent> {
  private static final System.Logger LOG = System.getLogger(NodeEvents.class.getName());
  private static final String PATH = "/api/v1/namespaces/default/events";

  /** The API server's limit. */
  private static final int LONGEST_MESSAGE = 1_024;

  private final NodeFiles files;
  private final Duration budget;
  private final ThreadFactory tasks;
  private final InstantSource clock;
  private final AtomicLong written = new AtomicLong();

  /**
   * @param budget for each of the two kubeconfigs that are tried: the kubelet's, then the admin's
   */
  public NodeEvents(NodeFiles files, Duration budget, ThreadFactory tasks, InstantSource clock) {
    this.files = files;
    this.budget = budget;
    this.tasks = tasks;
    this.clock = clock;
  }

  @Override
  public void accept(AgentEvent event) {
    byte[] json = json(event);
    var why = new ArrayList<String>();
    for (Path kubeconfig :
        List.of(files.kubeletConf(), files.layout().kubeconfigDir().resolve("admin.conf"))) {
      if (!Files.exists(kubeconfig)) {
        continue;
      }
      String refused = post(kubeconfig, json);
      if (refused.isEmpty()) {
        return;
      }
      why.add(refused);
    }
    String reason =
        why.isEmpty() ? "there is no kubeconfig to write it with" : String.join("; ", why);
    LOG.log(
        System.Logger.Level.WARNING,
        () -> "event not written to the cluster: " + event.reason().word + ": " + reason);
  }

  private byte[] json(AgentEvent event) {
    try {
      return new JsonMapper().writeValueAsBytes(body(event));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("maps of text and numbers can be written", e);
    }
  }

  /** Why not; empty when it was. */
  private String post(Path kubeconfig, byte[] json) {
    try {
      var server = new ApiServer(Kubeconfig.read(kubeconfig), budget, tasks);
      return switch (server.post(PATH, json)) {
        case ApiServer.Answer.Status(int code, byte[] _) when code / 100 == 2 -> "";
        case ApiServer.Answer.Status(int code, byte[] _) ->
            kubeconfig.getFileName() + ": the API server answered " + code;
        case ApiServer.Answer.None(String reason) -> kubeconfig.getFileName() + ": " + reason;
      };
    } catch (PkiFailure e) {
      return e.problem();
    }
  }

  /** core/v1 Event; the kubelet too gives a Node's name as its uid. */
  private Map<String, Object> body(AgentEvent event) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    var body = new LinkedHashMap<String, Object>();
    body.put("apiVersion", "v1");
    body.put("kind", "Event");
    body.put(
        "metadata",
        Map.of(
            "namespace",
            "default",
            "name",
            "%s.%x%04x"
                .formatted(
                    files.name(), now.getEpochSecond(), written.getAndIncrement() & 0xffff)));
    body.put(
        "involvedObject",
        Map.of("apiVersion", "v1", "kind", "Node", "name", files.name(), "uid", files.name()));
    body.put("type", event.type().word);
    body.put("reason", event.reason().word);
    String message = event.message();
    body.put(
        "message",
        message.length() > LONGEST_MESSAGE
            ? message.substring(0, LONGEST_MESSAGE - 1) + "…"
            : message);
    body.put("source", Map.of("component", "ballast-certs-agent", "host", files.name()));
    body.put("firstTimestamp", now.toString());
    body.put("lastTimestamp", now.toString());
    body.put("count", 1);
    return body;
  }
}
