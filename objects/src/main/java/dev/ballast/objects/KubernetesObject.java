package dev.ballast.objects;

/** An object. Its type has the name of its kind, and declares the {@link Kind}. */
public interface KubernetesObject {
  /** Names and labels. */
  Metadata metadata();

  /** The kind, as it is written in a manifest. */
  default String kind() {
    return getClass().getSimpleName();
  }

  /** The group of the kind; override it with {@code KIND.group()} unless it is the core group. */
  default String group() {
    return "";
  }

  /** What tells it from all others. */
  default ObjectKey key() {
    return new ObjectKey(group(), kind(), metadata().namespace(), metadata().name());
  }
}
