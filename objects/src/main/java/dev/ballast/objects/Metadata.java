package dev.ballast.objects;

import java.util.Map;

/**
 * What every object carries about itself. An absent text is empty, an absent map is empty, as the
 * Kubernetes API has it on the wire.
 *
 * @param namespace empty for kinds that are of the whole cluster
 * @param resourceVersion opaque; compare for equality only
 */
public record Metadata(
    String namespace,
    String name,
    Map<String, String> labels,
    Map<String, String> annotations,
    String uid,
    long generation,
    String resourceVersion) {

  public Metadata {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("metadata.name is empty");
    }
  }

  /** Metadata of an object that is only named. */
  public static Metadata of(String namespace, String name) {
    return new Metadata(namespace, name, Map.of(), Map.of(), "", 0, "");
  }
}
