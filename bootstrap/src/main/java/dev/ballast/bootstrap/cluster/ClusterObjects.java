package dev.ballast.bootstrap.cluster;

import static dev.ballast.bootstrap.data.Data.map;

import dev.ballast.bootstrap.config.Settings;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.data.Null;
import dev.ballast.bootstrap.data.YamlText;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The objects that a new cluster gets, as kubeadm makes them. */
public record ClusterObjects(Settings settings) {
  private static final String SYSTEM = "kube-system";
  private static final String CHECKSUM = "kubeadm.kubernetes.io/component-config.hash";

  private List<Map<String, Object>> template(String name) {
    return Data.resource(ClusterObjects.class, name + ".yaml").stream()
        .map(object -> Data.copy(object, this::filled))
        .toList();
  }

  private String filled(String text) {
    return text.contains("${")
        ? text.replace("${dnsDomain}", settings.dnsDomain())
            .replace("${dnsAddress}", settings.dnsAddress())
            .replace("${coreDnsImage}", settings.coreDnsImage())
            .replace("${kubeProxyImage}", settings.kubernetesImage("kube-proxy"))
        : text;
  }

  private static Map<String, Object> configMap(
      String name, String namespace, Map<String, Object> data) {
    return map(
        "apiVersion",
        "v1",
        "data",
        data,
        "kind",
        "ConfigMap",
        "metadata",
        map("name", name, "namespace", namespace));
  }

  /** Returns what gives the administrator of admin.conf its rights. */
  public List<Map<String, Object>> admin() {
    return template("admin");
  }

  /** {@code upload-config kubeadm}. */
  public List<Map<String, Object>> uploadedConfiguration() {
    var objects = new ArrayList<Map<String, Object>>();
    objects.add(
        configMap(
            "kubeadm-config",
            SYSTEM,
            map("ClusterConfiguration", YamlText.of(settings.cluster()))));
    objects.addAll(template("upload-config"));
    return objects;
  }

  /** {@code upload-config kubelet}. */
  public List<Map<String, Object>> uploadedKubelet() {
    var objects = new ArrayList<Map<String, Object>>();
    Map<String, Object> stored =
        configMap("kubelet-config", SYSTEM, map("kubelet", YamlText.of(settings.kubelet())));
    if (!settings.supplied().contains("KubeletConfiguration")) {
      withChecksum(stored);
    }
    objects.add(stored);
    objects.addAll(template("upload-kubelet"));
    return objects;
  }

  /**
   * Says that nobody but this program wrote the configuration, so that an upgrade may change it.
   */
  private static void withChecksum(Map<String, Object> configMap) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      new TreeMap<>(Data.mapAt(configMap, "data"))
          .values()
          .forEach(value -> digest.update(String.valueOf(value).getBytes(StandardCharsets.UTF_8)));
      Data.put(
          configMap,
          "sha256:" + HexFormat.of().formatHex(digest.digest()),
          "metadata",
          "annotations",
          CHECKSUM);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns the rights of nodes that join with a token. */
  public List<Map<String, Object>> tokenRights() {
    return template("bootstrap-token").stream()
        .filter(object ->
            settings.version().minor() >= 36
                || !Data.text(object, "metadata", "name")
                    .equals("kubeadm:apiserver-kubelet-client"))
        .toList();
  }

  /**
   * Returns what a node that joins may read without being known.
   *
   * @param caPem the cluster's CA
   */
  public List<Map<String, Object>> clusterInfo(String caPem) {
    Map<String, Object> kubeconfig =
        map(
            "apiVersion",
            "v1",
            "clusters",
            List.of(
                map(
                    "cluster",
                    map(
                        "certificate-authority-data",
                        Base64.getEncoder().encodeToString(caPem.getBytes(StandardCharsets.UTF_8)),
                        "server",
                        settings.server()),
                    "name",
                    "")),
            "contexts",
            Null.NULL,
            "current-context",
            "",
            "kind",
            "Config",
            "users",
            Null.NULL);
    if (settings.version().minor() < 35) {
      kubeconfig.put("preferences", Map.of());
    }
    var objects = new ArrayList<Map<String, Object>>();
    objects.add(
        configMap("cluster-info", "kube-public", map("kubeconfig", YamlText.of(kubeconfig))));
    objects.addAll(template("cluster-info"));
    return objects;
  }

  public List<Map<String, Object>> coreDns() {
    return Data.isTrue(settings.cluster(), "dns", "disabled") ? List.of() : template("coredns");
  }

  public List<Map<String, Object>> kubeProxy() {
    if (Data.isTrue(settings.cluster(), "proxy", "disabled")) {
      return List.of();
    }
    Map<String, Object> kubeconfig =
        map(
            "apiVersion",
            "v1",
            "kind",
            "Config",
            "clusters",
            List.of(
                map(
                    "cluster",
                    map(
                        "certificate-authority",
                        "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
                        "server",
                        settings.server()),
                    "name",
                    "default")),
            "contexts",
            List.of(
                map(
                    "context",
                    map("cluster", "default", "namespace", "default", "user", "default"),
                    "name",
                    "default")),
            "current-context",
            "default",
            "users",
            List.of(
                map(
                    "name",
                    "default",
                    "user",
                    map("tokenFile", "/var/run/secrets/kubernetes.io/serviceaccount/token"))));
    Map<String, Object> stored =
        configMap(
            "kube-proxy",
            SYSTEM,
            map(
                "config.conf", YamlText.of(settings.kubeProxy()).stripTrailing(),
                "kubeconfig.conf", ordered(kubeconfig)));
    Data.put(stored, map("app", "kube-proxy"), "metadata", "labels");
    if (!settings.supplied().contains("KubeProxyConfiguration")) {
      withChecksum(stored);
    }
    var objects = new ArrayList<Map<String, Object>>();
    objects.add(stored);
    objects.addAll(template("kube-proxy"));
    return objects;
  }

  /** kubeadm writes this file in an order of its own. */
  private static String ordered(Map<String, Object> kubeconfig) {
    var text = new StringBuilder();
    kubeconfig.forEach((key, value) -> text.append(YamlText.of(map(key, value))));
    return text.toString().stripTrailing();
  }
}
