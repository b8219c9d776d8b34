package dev.ballast.bootstrap.config;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.pki.PkiFiles;
import dev.ballast.yaml.Document;
import dev.ballast.yaml.Node;
import dev.ballast.yaml.Yaml;
import dev.ballast.yaml.YamlFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The documents of a configuration file, by kind, in the form of v1beta4.
 *
 * @param source the file, for messages
 * @param documents by kind
 * @param warnings what kubeadm warns of: unknown fields, an old API version
 * @param oldApi whether one of the documents is of v1beta3
 */
public record ConfigurationFile(
    String source,
    Map<String, Map<String, Object>> documents,
    List<String> warnings,
    boolean oldApi) {
  private static final String GROUP = "kubeadm.k8s.io/";
  private static final Set<String> VERSIONS = Set.of("v1beta3", "v1beta4", "v1");

  /** A file without documents. */
  public static final ConfigurationFile NONE =
      new ConfigurationFile("defaults", Map.of(), List.of(), false);

  public ConfigurationFile {
    documents = Map.copyOf(documents);
    warnings = List.copyOf(warnings);
  }

  /**
   * Reads a file.
   *
   * @throws BootstrapFailure when it is not YAML, or of a kind that is not known
   */
  public static ConfigurationFile read(Path file) {
    return parse(file.toString(), new String(PkiFiles.readNamed(file), StandardCharsets.UTF_8));
  }

  /** Reads a text. */
  public static ConfigurationFile parse(String source, String text) {
    List<Document> parsed;
    try {
      parsed = Yaml.parse(source, text);
    } catch (YamlFailure e) {
      throw new BootstrapFailure(String.valueOf(e.getMessage()), "correct the file", e);
    }
    var documents = new LinkedHashMap<String, Map<String, Object>>();
    var warnings = new ArrayList<String>();
    boolean old = false;
    for (Document document : parsed) {
      if (document.root() instanceof Node.Scalar scalar && scalar.isNull()) {
        continue;
      }
      if (!(document.root() instanceof Node.Mapping root)) {
        throw wrong(source, document.root(), "an object is expected here");
      }
      String api = root.text("apiVersion").orElse("");
      String kind =
          root.text("kind").orElseThrow(() -> wrong(source, root, "this document has no kind"));
      Map<String, Object> data = Data.object(root);
      if (api.startsWith(GROUP)) {
        if (!VERSIONS.contains(api.substring(GROUP.length()))) {
          throw wrong(source, root, "apiVersion " + api + " is not known");
        }
        if (!KnownFields.isKind(kind)) {
          throw wrong(source, root, "kind " + kind + " is not known");
        }
        if (api.endsWith("/v1beta3")) {
          old = true;
          warnings.add(
              source
                  + ":"
                  + root.position()
                  + ": your configuration file uses a deprecated API spec: \""
                  + api
                  + "\" (kind: \""
                  + kind
                  + "\"); write it anew with: ballast config migrate --old-config "
                  + source
                  + " --new-config new.yaml");
          data = OldApi.converted(kind, data);
        }
        warnings.addAll(KnownFields.check(source, kind, root));
        new Shapes(source).check(kind, root);
      } else if (!api.startsWith("kubelet.config.k8s.io/")
          && !api.startsWith("kubeproxy.config.k8s.io/")) {
        warnings.add(
            source
                + ":"
                + root.position()
                + ": ignored: apiVersion \""
                + api
                + "\", kind \""
                + kind
                + "\"");
        continue;
      }
      if (documents.put(kind, data) != null) {
        throw wrong(source, root, "there is a second " + kind);
      }
    }
    OldApi.moveTimeout(documents);
    return new ConfigurationFile(source, documents, warnings, old);
  }

  private static BootstrapFailure wrong(String source, Node at, String problem) {
    return new BootstrapFailure(source + ":" + at.position() + ": " + problem, "correct the file");
  }

  public Map<String, Object> document(String kind) {
    return Data.copy(documents.getOrDefault(kind, Map.of()));
  }

  public boolean has(String kind) {
    return documents.containsKey(kind);
  }

  /**
   * Refuses what is only a warning otherwise.
   *
   * @throws BootstrapFailure when there are unknown fields
   */
  public void requireStrict() {
    List<String> bad = warnings.stream().filter(w -> !w.contains("deprecated API")).toList();
    if (!bad.isEmpty()) {
      throw new BootstrapFailure(String.join("\n", bad), "correct the file, or leave out --strict");
    }
  }
}
