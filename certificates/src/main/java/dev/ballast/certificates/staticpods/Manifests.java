package dev.ballast.certificates.staticpods;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the manifests of a directory that a kubelet watches. */
public final class Manifests {
  /** A manifest of kubeadm has 4 KiB. */
  private static final long MAX_SIZE = 1L << 20;

  private static final YAMLMapper YAML = new YAMLMapper();

  private Manifests() {}

  /** All pods of the directory by file name; files that hold no pod are left out. */
  public static List<StaticPod> read(Path directory) {
    var pods = new ArrayList<StaticPod>();
    if (!Files.isDirectory(directory)) {
      return pods;
    }
    var files = new ArrayList<Path>();
    try (var entries = Files.newDirectoryStream(directory)) {
      entries.forEach(files::add);
    } catch (IOException e) {
      throw new StaticPodFailure("cannot list " + directory, "run as root", e);
    }
    files.sort(null);
    for (var file : files) {
      // The kubelet ignores names that begin with a dot, and nothing else.
      if (!String.valueOf(file.getFileName()).startsWith(".") && Files.isRegularFile(file)) {
        readPod(file).ifPresent(pods::add);
      }
    }
    return pods;
  }

  private static Optional<StaticPod> readPod(Path file) {
    try {
      if (Files.size(file) > MAX_SIZE) {
        return Optional.empty();
      }
      var pod = YAML.readTree(Files.readString(file));
      if (pod == null || !pod.path("kind").asText().equals("Pod")) {
        return Optional.empty();
      }
      return Optional.of(
          new StaticPod(
              file,
              pod.path("metadata").path("namespace").asText("default"),
              pod.path("metadata").path("name").asText(),
              flags(pod),
              health(pod)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Map<String, String> flags(JsonNode pod) {
    var flags = new HashMap<String, String>();
    for (var container : pod.path("spec").path("containers")) {
      for (var list : List.of(container.path("command"), container.path("args"))) {
        for (var argument : list) {
          var text = argument.asText();
          var equals = text.indexOf('=');
          if (text.startsWith("--") && equals > 0) {
            flags.put(text.substring(2, equals), text.substring(equals + 1));
          }
        }
      }
    }
    return flags;
  }

  private static Optional<HealthEndpoint> health(JsonNode pod) {
    for (var container : pod.path("spec").path("containers")) {
      var get = container.path("livenessProbe").path("httpGet");
      if (get.isMissingNode()) {
        continue;
      }
      var port = port(get.path("port"), container);
      if (port.isPresent()) {
        return Optional.of(
            new HealthEndpoint(
                get.path("scheme").asText("HTTP").equals("HTTPS"),
                get.path("host").asText("127.0.0.1"),
                port.get(),
                get.path("path").asText("/")));
      }
    }
    return Optional.empty();
  }

  /** A number, or the name of one of the ports of the container. */
  private static Optional<Integer> port(JsonNode port, JsonNode container) {
    if (port.isInt()) {
      return Optional.of(port.asInt());
    }
    for (var named : container.path("ports")) {
      if (named.path("name").asText().equals(port.asText())) {
        return Optional.of(named.path("containerPort").asInt());
      }
    }
    return Optional.empty();
  }
}
