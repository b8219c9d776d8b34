package dev.ballast.objects;

import java.util.Map;

/** Configuration that is not secret, {@code v1}. */
public record ConfigMap(Metadata metadata, Map<String, String> data) implements KubernetesObject {
  /** The kind. */
  public static final Kind<ConfigMap> KIND =
      new Kind<>(
          "",
          "v1",
          "ConfigMap",
          "configmaps",
          Kind.Scope.NAMESPACED,
          ConfigMap.class,
          ConfigMap::read);

  public ConfigMap {
    data = Map.copyOf(data);
  }

  /** Returns a manifest of a map with these values. */
  public static Manifest manifest(String namespace, String name, Map<String, String> data) {
    return Manifest.of(KIND, namespace, name).with("data", data);
  }

  private static ConfigMap read(Fields object) {
    object.ignore("binaryData", "immutable");
    return new ConfigMap(Metadata.read(object, Kind.Scope.NAMESPACED), object.map("data"));
  }
}
