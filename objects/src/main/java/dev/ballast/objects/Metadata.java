package dev.ballast.objects;

import java.util.Map;
import java.util.Optional;

/**
 * What every object carries about itself. An absent text is empty, an absent map is empty, as the
 * Kubernetes API has it on the wire.
 *
 * @param namespace empty for kinds that are of the whole cluster
 * @param resourceVersion opaque; compare for equality only
 * @param created when the API made the object (RFC 3339, whole seconds in UTC, so that the order of
 *     the texts is the order of the times); empty for manifests in files
 */
public record Metadata(
    String namespace,
    String name,
    Map<String, String> labels,
    Map<String, String> annotations,
    String uid,
    long generation,
    String resourceVersion,
    String created) {

  /** Metadata of an object whose age is not known. */
  public Metadata(
      String namespace,
      String name,
      Map<String, String> labels,
      Map<String, String> annotations,
      String uid,
      long generation,
      String resourceVersion) {
    this(namespace, name, labels, annotations, uid, generation, resourceVersion, "");
  }

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

  /** Reads the names and labels of an object. */
  public static Metadata read(Fields object, Kind.Scope scope) {
    object.ignore("apiVersion", "kind");
    Optional<Fields> found = object.object("metadata");
    if (found.isEmpty()) {
      object.missing("metadata", "write at least a name");
      return Metadata.of("", "unnamed");
    }
    Fields fields = found.get();
    fields.ignore(
        "managedFields",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "finalizers",
        "generateName",
        "ownerReferences",
        "selfLink",
        "clusterName");
    String name = fields.needed("name");
    return new Metadata(
        scope == Kind.Scope.NAMESPACED
            ? fields.text("namespace", "default")
            : fields.text("namespace", ""),
        name.isEmpty() ? "unnamed" : name,
        fields.map("labels"),
        fields.map("annotations"),
        fields.text("uid", ""),
        fields.number("generation", 0, 0, Long.MAX_VALUE),
        fields.text("resourceVersion", ""),
        fields.text("creationTimestamp", ""));
  }
}
