package dev.ballast.objects;

/**
 * What tells an object from all others.
 *
 * @param group of the kind; empty for the core group
 * @param namespace empty for kinds of the whole cluster
 */
public record ObjectKey(String group, String kind, String namespace, String name)
    implements Comparable<ObjectKey> {
  /** The key of an object of the core group. */
  public ObjectKey(String kind, String namespace, String name) {
    this("", kind, namespace, name);
  }

  /**
   * Returns the kind with its group, {@code Gateway.networking.istio.io}; the core group is empty.
   */
  String type() {
    return kind + "." + group;
  }

  @Override
  public int compareTo(ObjectKey other) {
    int order = kind.compareTo(other.kind);
    if (order == 0) {
      order = group.compareTo(other.group);
    }
    if (order == 0) {
      order = namespace.compareTo(other.namespace);
    }
    return order == 0 ? name.compareTo(other.name) : order;
  }

  /** {@code Service default/web}. */
  @Override
  public String toString() {
    return kind + " " + (namespace.isEmpty() ? "" : namespace + "/") + name;
  }
}
