package dev.ballast.bootstrap.config;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.KubernetesVersion;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.data.Null;
import dev.ballast.certificates.config.GoDuration;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Fills in what a person left out, as kubeadm does.
 *
 * @param nodeName the host's name
 * @param address of the default route
 * @param token makes a bootstrap token
 * @param resolved whether systemd-resolved runs on this machine
 */
public record Defaults(String nodeName, String address, Supplier<String> token, boolean resolved) {
  static final String IMAGE_REPOSITORY = "registry.k8s.io";
  public static final String CRI_SOCKET = "unix:///var/run/containerd/containerd.sock";
  public static final String NODE_GROUP = "system:bootstrappers:kubeadm:default-node-token";
  private static final String RESOLVED = "/run/systemd/resolve/resolv.conf";
  private static final Map<String, Object> TIMEOUTS =
      Data.map(
          "controlPlaneComponentHealthCheck", "4m0s",
          "discovery", "5m0s",
          "etcdAPICall", "2m0s",
          "kubeletHealthCheck", "4m0s",
          "kubernetesAPICall", "1m0s",
          "tlsBootstrap", "5m0s",
          "upgradeManifests", "5m0s");

  /** Returns the settings of a control-plane node. */
  public Settings settings(ConfigurationFile file, KubernetesVersion version) {
    if (file.oldApi() && !version.readsV1Beta3()) {
      throw new BootstrapFailure(
          file.source() + " is of kubeadm.k8s.io/v1beta3, which " + version + " no longer reads",
          "write it anew with: ballast config migrate --old-config " + file.source());
    }
    Map<String, Object> cluster = cluster(file.document("ClusterConfiguration"), version);
    Map<String, Object> init = init(file.document("InitConfiguration"), version);
    return new Settings(
        init,
        cluster,
        kubelet(file.document("KubeletConfiguration"), cluster),
        kubeProxy(file.document("KubeProxyConfiguration"), cluster, init, version),
        version,
        file.documents().keySet());
  }

  private static Map<String, Object> cluster(Map<String, Object> given, KubernetesVersion version) {
    Map<String, Object> cluster =
        Data.merge(
            Data.map(
                "apiServer",
                Map.of(),
                "apiVersion",
                version.configurationApi(),
                "caCertificateValidityPeriod",
                "87600h0m0s",
                "certificateValidityPeriod",
                "8760h0m0s",
                "certificatesDir",
                "/etc/kubernetes/pki",
                "clusterName",
                "kubernetes",
                "controllerManager",
                Map.of(),
                "dns",
                Map.of(),
                "encryptionAlgorithm",
                "RSA-2048",
                "imageRepository",
                IMAGE_REPOSITORY,
                "kind",
                "ClusterConfiguration",
                "networking",
                Data.map("dnsDomain", "cluster.local", "serviceSubnet", "10.96.0.0/12"),
                "proxy",
                Map.of(),
                "scheduler",
                Map.of()),
            given);
    cluster.put("apiVersion", version.configurationApi());
    cluster.put("kubernetesVersion", version.text());
    if (Data.at(cluster, "etcd", "external").isEmpty()) {
      Data.putIfAbsent(cluster, "/var/lib/etcd", "etcd", "local", "dataDir");
    } else {
      Data.putIfAbsent(
          cluster,
          Data.listAt(cluster, "etcd", "external", "endpoints"),
          "etcd",
          "external",
          "httpEndpoints");
    }
    for (String period : List.of("certificateValidityPeriod", "caCertificateValidityPeriod")) {
      cluster.put(period, duration(Data.text(cluster, period)));
    }
    return cluster;
  }

  private Map<String, Object> init(Map<String, Object> given, KubernetesVersion version) {
    Map<String, Object> init =
        Data.merge(
            Data.map(
                "apiVersion", version.configurationApi(),
                "kind", "InitConfiguration",
                "localAPIEndpoint", Data.map("bindPort", 6443L),
                "nodeRegistration", node(given),
                "timeouts", TIMEOUTS),
            given);
    init.put("apiVersion", version.configurationApi());
    normalizeTimeouts(init);
    Data.putIfAbsent(init, address, "localAPIEndpoint", "advertiseAddress");
    if (Data.text(init, "localAPIEndpoint", "bindPort").equals("0")) {
      Data.put(init, 6443L, "localAPIEndpoint", "bindPort");
    }
    var tokens = new ArrayList<Object>();
    List<Map<String, Object>> wanted = Data.mapsAt(init, "bootstrapTokens");
    for (Map<String, Object> each : wanted.isEmpty() ? List.of(Data.map()) : wanted) {
      Map<String, Object> token = Data.copy(each);
      token.computeIfAbsent("token", _ -> this.token.get());
      token.putIfAbsent("groups", List.of(NODE_GROUP));
      if (Data.at(token, "expires").isEmpty()) {
        token.putIfAbsent("ttl", "24h0m0s");
        token.put("ttl", duration(Data.text(token, "ttl")));
      }
      token.putIfAbsent("usages", List.of("signing", "authentication"));
      tokens.add(token);
    }
    init.put("bootstrapTokens", tokens);
    return init;
  }

  private static void normalizeTimeouts(Map<String, Object> document) {
    Map<String, Object> timeouts = Data.mapAt(document, "timeouts");
    timeouts.replaceAll((_, value) -> duration(String.valueOf(value)));
    document.put("timeouts", timeouts);
  }

  /** Without a word about taints, a control-plane node takes no ordinary pods; with [] it does. */
  private Map<String, Object> node(Map<String, Object> given) {
    boolean said =
        given.get("nodeRegistration") instanceof Map<?, ?> node
            && node.get("taints") instanceof List<?>;
    Map<String, Object> node =
        Data.map(
            "criSocket",
            CRI_SOCKET,
            "imagePullPolicy",
            "IfNotPresent",
            "imagePullSerial",
            true,
            "name",
            nodeName);
    if (!said) {
      node.put(
          "taints",
          List.of(
              Data.map("effect", "NoSchedule", "key", "node-role.kubernetes.io/control-plane")));
    }
    return node;
  }

  /** Returns the settings of a node that joins; without cluster, which it has yet to ask for. */
  public Map<String, Object> join(ConfigurationFile file) {
    Map<String, Object> given = file.document("JoinConfiguration");
    Map<String, Object> join =
        Data.merge(
            Data.map(
                "apiVersion",
                "kubeadm.k8s.io/v1beta4",
                "caCertPath",
                "/etc/kubernetes/pki/ca.crt",
                "discovery",
                Map.of(),
                "kind",
                "JoinConfiguration",
                "nodeRegistration",
                Data.map(
                    "criSocket",
                    CRI_SOCKET,
                    "imagePullPolicy",
                    "IfNotPresent",
                    "imagePullSerial",
                    true,
                    "name",
                    nodeName,
                    "taints",
                    Null.NULL),
                "timeouts",
                TIMEOUTS),
            given);
    join.put("apiVersion", "kubeadm.k8s.io/v1beta4");
    normalizeTimeouts(join);
    return join;
  }

  private Map<String, Object> kubelet(Map<String, Object> given, Map<String, Object> cluster) {
    Map<String, Object> base = Data.resource(Defaults.class, "kubelet.yaml").getFirst();
    Map<String, Object> kubelet = Data.merge(base, given);
    normalizeDurations(kubelet, base);
    kubelet.put("rotateCertificates", true);
    if (Data.at(given, "authentication", "x509", "clientCAFile").isEmpty()) {
      Data.put(
          kubelet,
          Data.text(cluster, "certificatesDir") + "/ca.crt",
          "authentication",
          "x509",
          "clientCAFile");
    }
    kubelet.putIfAbsent(
        "clusterDNS", List.of(dnsAddress(Data.text(cluster, "networking", "serviceSubnet"))));
    kubelet.putIfAbsent("clusterDomain", Data.text(cluster, "networking", "dnsDomain"));
    if (resolved) {
      kubelet.putIfAbsent("resolvConf", RESOLVED);
    }
    return kubelet;
  }

  private static Map<String, Object> kubeProxy(
      Map<String, Object> given,
      Map<String, Object> cluster,
      Map<String, Object> init,
      KubernetesVersion version) {
    Map<String, Object> base = Data.resource(Defaults.class, "kube-proxy.yaml").getFirst();
    if (version.writesProxyMode()) {
      base.put("mode", "iptables");
    }
    if (Data.text(init, "localAPIEndpoint", "advertiseAddress").contains(":")) {
      base.put("bindAddress", "::");
    }
    base.put("clusterCIDR", Data.text(cluster, "networking", "podSubnet"));
    Map<String, Object> proxy = Data.merge(base, given);
    normalizeDurations(proxy, base);
    return proxy;
  }

  /** Where the default is written as a duration, a person's is written alike. */
  private static void normalizeDurations(Map<String, Object> map, Map<String, Object> base) {
    map.replaceAll((key, value) -> {
      Object plain = base.get(key);
      if (value instanceof Map<?, ?> && plain instanceof Map<?, ?>) {
        Map<String, Object> inner = Data.mapAt(map, key);
        normalizeDurations(inner, Data.mapAt(base, key));
        return inner;
      }
      boolean time = "0s".equals(plain) || (plain == Null.NULL && key.endsWith("Timeout"));
      return time && value instanceof String text ? duration(text) : value;
    });
  }

  /** Writes a duration as Go does: {@code 24h0m0s}. */
  static String duration(String text) {
    return GoDuration.parse(text).map(Defaults::goText).orElse(text);
  }

  /** Writes a duration of whole seconds as Go does. */
  public static String goText(Duration duration) {
    long seconds = duration.toSeconds();
    String rest =
        (duration.toNanosPart() == 0
            ? ""
            : "." + String.format("%09d", duration.toNanosPart()).replaceAll("0+$", ""));
    if (seconds >= 3600) {
      return seconds / 3600 + "h" + seconds % 3600 / 60 + "m" + seconds % 60 + rest + "s";
    }
    return seconds >= 60 ? seconds / 60 + "m" + seconds % 60 + rest + "s" : seconds + rest + "s";
  }

  /** Returns the 10th address of a network. */
  static String dnsAddress(String subnets) {
    String first = subnets.split(",")[0].split("/")[0];
    try {
      byte[] bytes = InetAddress.ofLiteral(first).getAddress();
      byte[] sum = new BigInteger(1, bytes).add(BigInteger.TEN).toByteArray();
      byte[] address = new byte[bytes.length];
      for (int i = 0; i < address.length && i < sum.length; i++) {
        address[address.length - 1 - i] = sum[sum.length - 1 - i];
      }
      return Settings.addressText(InetAddress.getByAddress(address));
    } catch (IllegalArgumentException | UnknownHostException e) {
      return "10.96.0.10";
    }
  }
}
