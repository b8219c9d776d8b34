package dev.ballast.objects;

/**
 * What tells an object from all others.
 *
 * @param namespace empty for kinds of the whole cluster
 */
public record ObjectKey(String kind, String namespace, String name)
    implements Comparable<ObjectKey> {

  @Override
  public int compareTo(ObjectKey other) {
    int order = kind.compareTo(other.kind);
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
