package dev.ballast.certificates.staticpods;

import dev.ballast.yaml.Node;
import dev.ballast.yaml.Yaml;
import dev.ballast.yaml.YamlFailure;
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
      var documents = Yaml.parse(file.toString(), Files.readString(file));
      if (documents.isEmpty()
          || !(documents.getFirst().root() instanceof Node.Mapping pod)
          || !pod.text("kind").orElse("").equals("Pod")) {
        return Optional.empty();
      }
      var metadata = pod.mapping("metadata");
      return Optional.of(
          new StaticPod(
              file,
              metadata.flatMap(fields -> fields.text("namespace")).orElse("default"),
              metadata.flatMap(fields -> fields.text("name")).orElse(""),
              flags(pod),
              health(pod)));
    } catch (IOException | YamlFailure e) {
      return Optional.empty();
    }
  }

  private static List<Node.Mapping> containers(Node.Mapping pod) {
    return pod.mapping("spec").map(spec -> spec.members("containers")).orElse(List.of());
  }

  private static Map<String, String> flags(Node.Mapping pod) {
    var flags = new HashMap<String, String>();
    for (var container : containers(pod)) {
      for (var list : List.of(container.items("command"), container.items("args"))) {
        for (var argument : list) {
          var text = argument instanceof Node.Scalar scalar ? scalar.value() : "";
          var equals = text.indexOf('=');
          if (text.startsWith("--") && equals > 0) {
            flags.put(text.substring(2, equals), text.substring(equals + 1));
          }
        }
      }
    }
    return flags;
  }

  private static Optional<HealthEndpoint> health(Node.Mapping pod) {
    for (var container : containers(pod)) {
      var get = container.mapping("livenessProbe").flatMap(probe -> probe.mapping("httpGet"));
      var port = get.flatMap(fields -> fields.get("port")).flatMap(at -> port(at, container));
      if (get.isPresent() && port.isPresent()) {
        return Optional.of(
            new HealthEndpoint(
                get.get().text("scheme").orElse("HTTP").equals("HTTPS"),
                get.get().text("host").orElse("127.0.0.1"),
                port.get(),
                get.get().text("path").orElse("/")));
      }
    }
    return Optional.empty();
  }

  /** A number, or the name of one of the ports of the container. */
  private static Optional<Integer> port(Node port, Node.Mapping container) {
    if (Yaml.value(port) instanceof Integer number) {
      return Optional.of(number);
    }
    return container.members("ports").stream()
        .filter(named ->
            named.get("name").map(Yaml::value).equals(Optional.ofNullable(Yaml.value(port))))
        .map(named -> named.get("containerPort").map(Yaml::value))
        .map(number -> number.orElse(0) instanceof Integer value ? value : 0)
        .findFirst();
  }
}
