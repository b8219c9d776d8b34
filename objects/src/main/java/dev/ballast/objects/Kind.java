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

  /** Reads an object, and its names first. */
  T decode(Fields fields) {
    return decoder.apply(fields);
  }

  /** Returns {@code ipaddresspools.metallb.io}, as RBAC and custom resource definitions name it. */
  public String resource() {
    return group.isEmpty() ? plural : plural + "." + group;
  }
}
