package dev.ballast.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Says which content, of what kind, and how large.
 *
 * @param artifactType empty where there is none
 * @param platform {@link Platform#NONE} where there is none
 */
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    String artifactType,
    Platform platform,
    Map<String, String> annotations) {
  /** A type is no longer than a header that carries it. */
  private static final int LONGEST_TYPE = 255;

  public Descriptor {
    annotations = Map.copyOf(annotations);
  }

  /** Returns one with what every descriptor has. */
  public static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(mediaType, digest, size, "", Platform.NONE, Map.of());
  }

  static Descriptor read(JsonNode node, String what) throws InvalidManifestException {
    if (!node.isObject()) {
      throw new InvalidManifestException(what + " is not a descriptor");
    }
    Digest digest =
        Digest.tryParse(node.path("digest").asText())
            .orElseThrow(() ->
                new InvalidManifestException(what + ": digest is not one of sha256 or sha512"));
    JsonNode size = node.path("size");
    if (!size.canConvertToLong() || !size.isIntegralNumber() || size.longValue() < 0) {
      throw new InvalidManifestException(what + ": size is not a number of bytes");
    }
    String mediaType = node.path("mediaType").asText();
    if (mediaType.length() > LONGEST_TYPE) {
      throw new InvalidManifestException(what + ": mediaType is too long");
    }
    return new Descriptor(
        mediaType,
        digest,
        size.longValue(),
        node.path("artifactType").asText(),
        Platform.of(node.path("platform")),
        strings(node.path("annotations"), what + ": annotations"));
  }

  static Map<String, String> strings(JsonNode node, String what) throws InvalidManifestException {
    Map<String, String> strings = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> each : node.properties()) {
      if (!each.getValue().isTextual()) {
        throw new InvalidManifestException(what + " are not strings");
      }
      strings.put(each.getKey(), each.getValue().asText());
    }
    return strings;
  }

  /** Returns it as JSON. */
  public ObjectNode toJson() {
    ObjectNode node =
        Json.object()
            .put("mediaType", mediaType)
            .put("digest", digest.toString())
            .put("size", size);
    if (!artifactType.isEmpty()) {
      node.put("artifactType", artifactType);
    }
    if (!platform.equals(Platform.NONE)) {
      ObjectNode at =
          node.putObject("platform")
              .put("architecture", platform.architecture())
              .put("os", platform.os());
      if (!platform.variant().isEmpty()) {
        at.put("variant", platform.variant());
      }
    }
    if (!annotations.isEmpty()) {
      ObjectNode notes = node.putObject("annotations");
      annotations.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(each -> notes.put(each.getKey(), each.getValue()));
    }
    return node;
  }
}
