package dev.ballast.certificates.staticpods;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Talks to the container runtime (CRI) through {@code crictl}, which every kubeadm node has: its
 * packages depend on it. It reads the runtime's address from {@code /etc/crictl.yaml} unless told.
 */
public final class Crictl {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long MAX_OUTPUT = 16L << 20;

  private final Path program;
  private final Optional<String> endpoint;
  private final Duration timeout;

  public Crictl(Path program, Optional<String> endpoint, Duration timeout) {
    this.program = program;
    this.endpoint = endpoint;
    this.timeout = timeout;
  }

  /** The {@code crictl} of a search path, if there is one. */
  public static Optional<Path> find(String searchPath) {
    for (var directory : searchPath.split(":", -1)) {
      var program = Path.of(directory.isEmpty() ? "." : directory).resolve("crictl");
      if (Files.isExecutable(program)) {
        return Optional.of(program);
      }
    }
    return Optional.empty();
  }

  /** The ready sandboxes of a static pod, which are one unless it is just being replaced. */
  List<String> sandboxes(StaticPod pod) {
    var listed = run("pods", "--namespace", pod.namespace(), "--state", "ready", "-o", "json");
    var ids = new ArrayList<String>();
    for (var item : parse(listed).path("items")) {
      // The kubelet appends the node name, and notes where it has a pod from.
      var name = item.path("metadata").path("name").asText();
      var source = item.path("annotations").path("kubernetes.io/config.source").asText("file");
      if (name.startsWith(pod.name() + "-") && source.equals("file")) {
        ids.add(item.path("id").asText());
      }
    }
    return ids;
  }

  void stop(String sandbox) {
    run("stopp", sandbox);
  }

  private JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw failure("did not print JSON", e);
    }
  }

  private String run(String... arguments) {
    var command = new ArrayList<String>();
    command.add(program.toString());
    endpoint.ifPresent(address -> command.addAll(List.of("--runtime-endpoint", address)));
    command.addAll(List.of(arguments));
    Path output = null;
    try {
      output = Files.createTempFile("ballast-crictl", ".out");
      var process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw failure("did not end within " + timeout.toSeconds() + " s: " + command, null);
      }
      var text = Files.size(output) > MAX_OUTPUT ? "" : Files.readString(output);
      if (process.exitValue() != 0) {
        throw failure("ended with " + process.exitValue() + ": " + text.strip(), null);
      }
      return text;
    } catch (IOException e) {
      throw failure("cannot be run: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("was interrupted", e);
    } finally {
      delete(output);
    }
  }

  private static void delete(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      System.getLogger(Crictl.class.getName()).log(System.Logger.Level.DEBUG, "deleting", e);
    }
  }

  private StaticPodFailure failure(String what, @Nullable Throwable cause) {
    var remedy =
        "see whether the container runtime runs, or restart with --restart manifests instead";
    return cause == null
        ? new StaticPodFailure(program + " " + what, remedy)
        : new StaticPodFailure(program + " " + what, remedy, cause);
  }
}
