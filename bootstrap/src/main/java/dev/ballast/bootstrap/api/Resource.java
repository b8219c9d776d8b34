package dev.ballast.bootstrap.api;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.data.Data;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Where an object lies at the API server.
 *
 * @param collection the path of its kind and namespace
 * @param name its own
 */
record Resource(String collection, String name) {
  private static final Set<String> KNOWN =
      Set.of(
          "ConfigMap",
          "Secret",
          "ServiceAccount",
          "Service",
          "Role",
          "RoleBinding",
          "ClusterRole",
          "ClusterRoleBinding",
          "Deployment",
          "DaemonSet",
          "Namespace",
          "Node");
  private static final Set<String> OF_THE_CLUSTER =
      Set.of("ClusterRole", "ClusterRoleBinding", "Namespace", "Node");

  static Resource of(KubeApi api, Map<String, Object> object) {
    String version = Data.text(object, "apiVersion");
    String kind = Data.text(object, "kind");
    String root = version.contains("/") ? "/apis/" + version : "/api/" + version;
    String name = Data.text(object, "metadata", "name");
    if (name.isEmpty() || kind.isEmpty() || version.isEmpty()) {
      throw new BootstrapFailure(
          "an object has no apiVersion, kind or name", "correct the manifest");
    }
    if (KNOWN.contains(kind)) {
      return of(
          root, kind.toLowerCase(Locale.ROOT) + "s", !OF_THE_CLUSTER.contains(kind), object, name);
    }
    for (Map<String, Object> resource : Data.mapsAt(discovered(api, root), "resources")) {
      if (Data.text(resource, "kind").equals(kind) && !Data.text(resource, "name").contains("/")) {
        return of(
            root, Data.text(resource, "name"), Data.isTrue(resource, "namespaced"), object, name);
      }
    }
    throw new BootstrapFailure(
        "the API server has no kind " + kind + " in " + version,
        "apply its CustomResourceDefinition first");
  }

  private static Map<String, Object> discovered(KubeApi api, String root) {
    var answer = api.get(root);
    if (!answer.ok()) {
      throw new BootstrapFailure(
          "cannot read " + root + ": " + answer.reason(), "see that the API server is well");
    }
    return answer.object();
  }

  private static Resource of(
      String root, String plural, boolean namespaced, Map<String, Object> object, String name) {
    String namespace = Data.text(object, "metadata", "namespace");
    return new Resource(
        root
            + (namespaced ? "/namespaces/" + (namespace.isEmpty() ? "default" : namespace) : "")
            + "/"
            + plural,
        name);
  }

  String path() {
    return collection + "/" + name;
  }

  @Override
  public String toString() {
    return path();
  }
}
