package dev.ballast.xds;

import java.util.List;

/**
 * What is sent to a client.
 *
 * @param removed names that the client should forget; only in the delta variant
 */
public record Response(
    ResourceType type,
    String version,
    String nonce,
    List<EncodedResource> resources,
    List<String> removed) {
  public Response {
    resources = List.copyOf(resources);
    removed = List.copyOf(removed);
  }
}
