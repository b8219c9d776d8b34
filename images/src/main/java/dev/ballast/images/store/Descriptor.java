package dev.ballast.images.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Content by media type, digest and size. */
public record Descriptor(String mediaType, String digest, long size) {
  private static final String DIGEST = "sha256:[0-9a-f]{64}";

  public Descriptor {
    if (!digest.matches(DIGEST)) {
      throw new IllegalArgumentException("not a sha256 digest: " + digest);
    }
  }

  /** Reads one. */
  public static Descriptor of(JsonNode node) {
    return new Descriptor(
        node.path("mediaType").asText(), node.path("digest").asText(), node.path("size").asLong());
  }

  /** Returns it as JSON. */
  public ObjectNode json() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("mediaType", mediaType)
        .put("digest", digest)
        .put("size", size);
  }
}
