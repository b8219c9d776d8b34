package dev.ballast.bootstrap.init;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.api.KubeApi;
import dev.ballast.bootstrap.api.Pause;
import dev.ballast.bootstrap.data.Data;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The Node of a machine, which its kubelet registers when it can. */
public record NodeObject(KubeApi api, String name) {
  private String path() {
    return "/api/v1/nodes/" + name;
  }

  /** Returns the Node, if it is registered. */
  public Optional<Map<String, Object>> read() {
    var answer = api.get(path());
    return answer.ok() ? Optional.of(answer.object()) : Optional.empty();
  }

  /** Changes it, once it is there. */
  public void change(Duration limit, Consumer<Map<String, Object>> change) {
    long end = System.nanoTime() + limit.toNanos();
    String last = "it was not registered";
    while (System.nanoTime() < end) {
      var there = read();
      if (there.isPresent()) {
        Map<String, Object> node = Data.copy(there.get());
        change.accept(node);
        var answer = api.put(path(), node);
        if (answer.ok()) {
          return;
        }
        last = answer.reason();
      }
      Pause.of(Duration.ofMillis(300));
    }
    throw new BootstrapFailure(
        "cannot change the node " + name + ": " + last,
        "see why its kubelet does not register it: journalctl -u kubelet");
  }

  /** Returns whether its kubelet says that it can run pods. */
  public static boolean isReady(Map<String, Object> node) {
    return Data.mapsAt(node, "status", "conditions").stream()
        .anyMatch(condition ->
            Data.text(condition, "type").equals("Ready")
                && Data.text(condition, "status").equals("True"));
  }

  /** Waits until it is ready. */
  public void awaitReady(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < end) {
      if (read().filter(NodeObject::isReady).isPresent()) {
        return;
      }
      Pause.of(Duration.ofMillis(300));
    }
    String why =
        read()
            .map(node ->
                Data.mapsAt(node, "status", "conditions").stream()
                    .filter(c -> Data.text(c, "type").equals("Ready"))
                    .map(c -> Data.text(c, "message"))
                    .findFirst()
                    .orElse("it says nothing"))
            .orElse("it is not registered");
    throw new BootstrapFailure(
        "the node " + name + " is not Ready after " + limit.toSeconds() + " s: " + why,
        "kubectl describe node " + name);
  }
}
