package dev.ballast.certificates.peers;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a kubelet and its container runtime do with static pods, with processes for containers: it
 * looks at the manifest directory every so often, starts what is there, stops what is gone, and
 * starts again what has ended. A {@code crictl} of its own lists and stops its sandboxes.
 */
public final class KubeletStandIn implements AutoCloseable {
  private static final String NODE = "node-1";

  /**
   * A pod's terminationGracePeriodSeconds is 30 by default; nobody wants to wait that long here.
   */
  private static final long GRACE_SECONDS = 10;

  private final Path manifests;
  private final Path runtime;
  private final Duration fileCheckFrequency;
  private final Map<String, Running> pods = new HashMap<>();
  private final Thread loop;
  private volatile boolean stopped;
  private int sandboxes;

  private record Running(String sandbox, Process process) {}

  private KubeletStandIn(Path manifests, Path runtime, Duration fileCheckFrequency) {
    this.manifests = manifests;
    this.runtime = runtime;
    this.fileCheckFrequency = fileCheckFrequency;
    this.loop = Thread.ofPlatform().name("kubelet").unstarted(this::run);
  }

  public static KubeletStandIn start(Path manifests, Path runtime, Duration fileCheckFrequency)
      throws IOException {
    Files.createDirectories(runtime);
    var kubelet = new KubeletStandIn(manifests, runtime, fileCheckFrequency);
    kubelet.writeCrictl();
    kubelet.loop.start();
    return kubelet;
  }

  /** A program that answers {@code pods ... -o json} and {@code stopp ID} as crictl does. */
  public Path crictl() {
    return runtime.resolve("crictl");
  }

  private void writeCrictl() throws IOException {
    Files.writeString(
        crictl(),
        """
        #!/bin/sh
        # crictl pods --namespace NS --state ready -o json | crictl stopp ID
        case "$1" in
          pods) cat "%1$s/pods.json" ;;
          stopp) kill "$(cat "%1$s/$2.pid")" 2>/dev/null; echo "Stopped sandbox $2" ;;
          *) echo "unknown command $1" >&2; exit 1 ;;
        esac
        """
            .formatted(runtime));
    Files.setPosixFilePermissions(crictl(), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void run() {
    while (!stopped) {
      try {
        synchronizeOnce();
        Thread.sleep(fileCheckFrequency);
      } catch (InterruptedException e) {
        return;
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private synchronized void synchronizeOnce() throws IOException, InterruptedException {
    var wanted = wanted();
    for (var name : List.copyOf(pods.keySet())) {
      var running = pods.get(name);
      if (running != null && !wanted.containsKey(name)) {
        running.process().destroy();
        if (!running.process().waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
          running.process().destroyForcibly().waitFor();
        }
        pods.remove(name);
      }
    }
    for (var entry : wanted.entrySet()) {
      var running = pods.get(entry.getKey());
      if (running == null || !running.process().isAlive()) {
        startPod(entry.getKey(), entry.getValue());
      }
    }
    writePods();
  }

  private Map<String, List<String>> wanted() throws IOException {
    var wanted = new HashMap<String, List<String>>();
    try (var files = Files.newDirectoryStream(manifests)) {
      for (var file : files) {
        if (String.valueOf(file.getFileName()).startsWith(".")) {
          continue;
        }
        var pod = new YAMLMapper().readTree(Files.readString(file));
        var command = new ArrayList<String>();
        pod.path("spec")
            .path("containers")
            .path(0)
            .path("command")
            .forEach(word -> command.add(word.asText()));
        wanted.put(pod.path("metadata").path("name").asText(), command);
      }
    } catch (java.nio.file.NoSuchFileException e) {
      // Moved away between listing and reading: the next look sees it.
      return wanted();
    }
    return wanted;
  }

  private void startPod(String name, List<String> command) throws IOException {
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.PIPE)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(runtime.resolve(name + ".log").toFile()))
            .start();
    var sandbox = "sandbox" + ++sandboxes;
    Files.writeString(runtime.resolve(sandbox + ".pid"), process.pid() + "\n");
    pods.put(name, new Running(sandbox, process));
  }

  private void writePods() throws IOException {
    var items = new ArrayList<Map<String, Object>>();
    pods.forEach((name, running) ->
        items.add(
            Map.of(
                "id", running.sandbox(),
                "metadata",
                    Map.of("name", name + "-" + NODE, "namespace", "kube-system", "attempt", 0),
                "state", "SANDBOX_READY",
                "annotations", Map.of("kubernetes.io/config.source", "file"))));
    var beside = runtime.resolve("pods.json.new");
    Files.writeString(beside, new JsonMapper().writeValueAsString(Map.of("items", items)));
    Files.move(beside, runtime.resolve("pods.json"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** How many sandboxes were started so far. */
  public synchronized int sandboxesStarted() {
    return sandboxes;
  }

  public synchronized long pid(String pod) {
    var running = pods.get(pod);
    return running == null ? -1 : running.process().pid();
  }

  @Override
  public void close() {
    stopped = true;
    loop.interrupt();
    try {
      loop.join();
      for (var running : pods.values()) {
        running.process().destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Writes the manifest of a pod that runs a command, with an HTTPS liveness probe. */
  public static void writeManifest(Path directory, String name, int port, List<String> command)
      throws IOException {
    writeManifest(directory, name, command, port, "HTTPS", "/livez");
  }

  /** The same with a probe of one's choice. */
  public static void writeManifest(
      Path directory, String name, List<String> command, int port, String scheme, String path)
      throws IOException {
    var container =
        Map.of(
            "name", name,
            "command", command,
            "livenessProbe",
                Map.of(
                    "httpGet",
                    Map.of("host", "127.0.0.1", "path", path, "port", port, "scheme", scheme)));
    var pod =
        Map.of(
            "apiVersion",
            "v1",
            "kind",
            "Pod",
            "metadata",
            Map.of("name", name, "namespace", "kube-system"),
            "spec",
            Map.of("containers", List.of(container)));
    Files.createDirectories(directory);
    var beside = directory.resolve("." + name + ".yaml");
    Files.writeString(beside, new YAMLMapper().writeValueAsString(pod));
    Files.move(beside, directory.resolve(name + ".yaml"), StandardCopyOption.ATOMIC_MOVE);
  }
}
