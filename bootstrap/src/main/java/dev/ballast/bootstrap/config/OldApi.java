package dev.ballast.bootstrap.config;

import dev.ballast.bootstrap.data.Data;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Converts documents of v1beta3: there, arguments are maps, and some timeouts lie elsewhere. */
final class OldApi {
  private static final String MOVED = "timeoutForControlPlane";

  private OldApi() {}

  static Map<String, Object> converted(String kind, Map<String, Object> old) {
    Map<String, Object> data = Data.copy(old);
    switch (kind) {
      case "ClusterConfiguration" -> {
        for (String component : List.of("apiServer", "controllerManager", "scheduler")) {
          arguments(data, component, "extraArgs");
        }
        arguments(data, "etcd", "local", "extraArgs");
        if (Data.isTrue(data, "featureGates", "PublicKeysECDSA")) {
          data.putIfAbsent("encryptionAlgorithm", "ECDSA-P256");
        }
      }
      case "InitConfiguration" -> arguments(data, "nodeRegistration", "kubeletExtraArgs");
      case "JoinConfiguration" -> {
        arguments(data, "nodeRegistration", "kubeletExtraArgs");
        Data.at(data, "discovery", "timeout")
            .ifPresent(timeout -> {
              Map<String, Object> discovery = Data.mapAt(data, "discovery");
              discovery.remove("timeout");
              data.put("discovery", discovery);
              Data.putIfAbsent(data, timeout, "timeouts", "discovery");
            });
      }
      default -> {}
    }
    return data;
  }

  private static void arguments(Map<String, Object> data, String... path) {
    if (Data.at(data, path).orElse(null) instanceof Map<?, ?> map) {
      var list = new ArrayList<Object>();
      new TreeMap<>(map)
          .forEach((name, value) ->
              list.add(Data.map("name", String.valueOf(name), "value", String.valueOf(value))));
      Data.put(data, list, path);
    }
  }

  /** The API server's timeout of v1beta3 is the init configuration's of all components. */
  static void moveTimeout(Map<String, Map<String, Object>> documents) {
    Map<String, Object> cluster = documents.get("ClusterConfiguration");
    if (cluster == null || Data.at(cluster, "apiServer", MOVED).isEmpty()) {
      return;
    }
    Map<String, Object> apiServer = Data.mapAt(cluster, "apiServer");
    Object timeout = apiServer.remove(MOVED);
    cluster.put("apiServer", apiServer);
    Data.putIfAbsent(
        documents.computeIfAbsent(
            "InitConfiguration",
            kind -> Data.map("apiVersion", "kubeadm.k8s.io/v1beta4", "kind", kind)),
        timeout == null ? "4m0s" : timeout,
        "timeouts",
        "controlPlaneComponentHealthCheck");
  }
}
