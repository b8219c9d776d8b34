package dev.ballast.objects;

import java.util.function.Function;

/**
 * A kind of object: what it is called in the Kubernetes API, and how it is read. Declared beside
 * the type of its objects, by the module that understands it.
 *
 * @param group empty for the core group
 * @param version the version that is read, {@code v1beta1}
 * @param name as it is written in a manifest, {@code IPAddressPool}
 * @param plural as it is written in a URL, {@code ipaddresspools}
 * @param scope whether objects lie in namespaces
 * @param use who makes the objects
 * @param type the type of the objects
 * @param decoder reads an object; what is wrong is reported to the fields
 */
public record Kind<T extends KubernetesObject>(
    String group,
    String version,
    String name,
    String plural,
    Scope scope,
    Use use,
    Class<T> type,
    Function<Fields, T> decoder) {

  /** What objects of a kind are for. */
  public enum Use {
    /** Others make them; we write their status at most. */
    INPUT,
    /** We make them, and delete them with their status. */
    REPORT
  }

  /** Declares a kind of objects that others make. */
  public Kind(
      String group,
      String version,
      String name,
      String plural,
      Scope scope,
      Class<T> type,
      Function<Fields, T> decoder) {
    this(group, version, name, plural, scope, Use.INPUT, type, decoder);
  }

  /** Where objects lie. */
  public enum Scope {
    NAMESPACED,
    CLUSTER
  }

  /** Returns {@code metallb.io/v1beta1}, or {@code v1} for the core group. */
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /** Returns the key of an object of this kind; the namespace of cluster-wide kinds is dropped. */
  public ObjectKey key(String namespace, String objectName) {
    return new ObjectKey(group, name, scope == Scope.CLUSTER ? "" : namespace, objectName);
  }

  /** Returns the key of an object of a kind of the whole cluster. */
  public ObjectKey key(String objectName) {
    return key("", objectName);
  }

  /** Returns whether objects of a key are of this kind. */
  public boolean has(ObjectKey key) {
    return key.group().equals(group) && key.kind().equals(name);
  }

  /** Reads an object, and its names first. */
  T decode(Fields fields) {
    T object = decoder.apply(fields);
    if (!object.group().equals(group) || !object.kind().equals(name)) {
      throw new IllegalStateException(
          type.getName() + " must return group \"" + group + "\" and kind \"" + name + '"');
    }
    return object;
  }

  /**
   * Reads an object as it is stored.
   *
   * @throws IllegalArgumentException when it is not what the kind expects
   */
  public T read(Manifest manifest) {
    Decoder.Decoded decoded = Decoder.decode(this, manifest.key().toString(), manifest.content());
    if (decoded.sources().isEmpty()) {
      throw new IllegalArgumentException(
          decoded.problems().stream()
              .filter(problem -> problem.severity() == Problem.Severity.ERROR)
              .findFirst()
              .map(Problem::toString)
              .orElse("cannot read " + manifest.key()));
    }
    return type.cast(decoded.sources().getFirst().stored().object());
  }

  /** Returns {@code ipaddresspools.metallb.io}, as RBAC and custom resource definitions name it. */
  public String resource() {
    return group.isEmpty() ? plural : plural + "." + group;
  }
}
