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
    return toString().compareTo(other.toString());
  }

  /** {@code Service default/web}. */
  @Override
  public String toString() {
    return kind + " " + (namespace.isEmpty() ? "" : namespace + "/") + name;
  }
}
