package dev.ballast.bootstrap.manifests;

import static dev.ballast.bootstrap.data.Data.map;

import dev.ballast.bootstrap.config.Settings;
import dev.ballast.bootstrap.config.Settings.Argument;
import dev.ballast.bootstrap.data.Data;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the manifests of etcd, API server, controller manager and scheduler.
 *
 * @param settings of the node
 * @param machine what of the machine shows in them
 */
public record StaticPods(Settings settings, Machine machine) {
  private static final String LOOPBACK = "127.0.0.1";
  private static final List<String> CA_DIRECTORIES =
      List.of(
          "/etc/pki/ca-trust",
          "/etc/pki/tls/certs",
          "/etc/ca-certificates",
          "/usr/share/ca-certificates",
          "/usr/local/share/ca-certificates");

  /**
   * What of a machine shows in its manifests.
   *
   * @param directories tells whether there is a directory
   * @param proxies the environment variables whose names end in {@code _proxy}
   * @param externalCa whether the key of the cluster's CA is elsewhere
   */
  public record Machine(
      java.util.function.Predicate<String> directories,
      Map<String, String> proxies,
      boolean externalCa) {}

  /** Returns the pod of the local etcd. */
  public Map<String, Object> etcd() {
    String address = settings.advertiseAddress();
    String client = "https://" + Settings.hostPort(address, 2379);
    String peer = "https://" + Settings.hostPort(address, 2380);
    String pki = settings.certificatesDir() + "/etcd/";
    boolean ipv6 = settings.isIpv6();
    String loopback = ipv6 ? "[::1]" : LOOPBACK;
    var arguments =
        List.of(
            new Argument("advertise-client-urls", client),
            new Argument("cert-file", pki + "server.crt"),
            new Argument("client-cert-auth", "true"),
            new Argument("data-dir", settings.etcdDataDir()),
            new Argument("feature-gates", "InitialCorruptCheck=true"),
            new Argument("initial-advertise-peer-urls", peer),
            new Argument("initial-cluster", settings.nodeName() + "=" + peer),
            new Argument("key-file", pki + "server.key"),
            new Argument("listen-client-urls", "https://" + loopback + ":2379," + client),
            new Argument("listen-metrics-urls", "http://" + loopback + ":2381"),
            new Argument("listen-peer-urls", peer),
            new Argument("name", settings.nodeName()),
            new Argument("peer-cert-file", pki + "peer.crt"),
            new Argument("peer-client-cert-auth", "true"),
            new Argument("peer-key-file", pki + "peer.key"),
            new Argument("peer-trusted-ca-file", pki + "ca.crt"),
            new Argument("snapshot-count", "10000"),
            new Argument("trusted-ca-file", pki + "ca.crt"),
            new Argument("watch-progress-notify-interval", "5s"));
    var given = settings.extraArguments("etcd", "local");
    MetricsAddress metrics =
        value(given, "listen-metrics-urls")
            .map(MetricsAddress::of)
            .orElseGet(() -> new MetricsAddress(ipv6 ? "::1" : LOOPBACK, 2381, "HTTP"));
    var volumes = new Volumes();
    volumes.add("etcd-data", settings.etcdDataDir(), false, "DirectoryOrCreate");
    volumes.add("etcd-certs", settings.certificatesDir() + "/etcd", false, "DirectoryOrCreate");
    var probes = new Probes(metrics.host(), metrics.scheme());
    return pod(
        "etcd",
        Optional.of(Map.entry("kubeadm.kubernetes.io/etcd.advertise-client-urls", client)),
        settings.etcdImage(),
        command("etcd", arguments, given),
        probes.liveness("/livez"),
        Optional.of(probes.readiness("/readyz")),
        probes.startup("/readyz"),
        metrics.port(),
        map("cpu", "100m", "memory", "100Mi"),
        Data.mapsAt(settings.cluster(), "etcd", "local", "extraEnvs"),
        volumes,
        // kubeadm lists the mounts of etcd in this order, and no other's.
        List.of("etcd-data", "etcd-certs"));
  }

  /** The address that etcd answers probes at. */
  private record MetricsAddress(String host, int port, String scheme) {
    static MetricsAddress of(String urls) {
      var uri = java.net.URI.create(urls.split(",")[0].strip());
      String host = uri.getHost() == null ? LOOPBACK : uri.getHost().replaceAll("[\\[\\]]", "");
      return new MetricsAddress(
          host,
          uri.getPort() < 0 ? 2381 : uri.getPort(),
          "https".equals(uri.getScheme()) ? "HTTPS" : "HTTP");
    }
  }

  /** Returns the pod of the API server. */
  public Map<String, Object> apiServer() {
    String pki = settings.certificatesDir() + "/";
    var given = settings.extraArguments("apiServer");
    var arguments = new ArrayList<Argument>();
    arguments.add(new Argument("advertise-address", settings.advertiseAddress()));
    arguments.add(new Argument("enable-admission-plugins", "NodeRestriction"));
    arguments.add(
        new Argument(
            "service-account-issuer", "https://kubernetes.default.svc." + settings.dnsDomain()));
    arguments.add(new Argument("service-cluster-ip-range", settings.serviceSubnet()));
    arguments.add(new Argument("service-account-key-file", pki + "sa.pub"));
    arguments.add(new Argument("service-account-signing-key-file", pki + "sa.key"));
    arguments.add(new Argument("client-ca-file", pki + "ca.crt"));
    arguments.add(new Argument("tls-cert-file", pki + "apiserver.crt"));
    arguments.add(new Argument("tls-private-key-file", pki + "apiserver.key"));
    arguments.add(new Argument("kubelet-client-certificate", pki + "apiserver-kubelet-client.crt"));
    arguments.add(new Argument("kubelet-client-key", pki + "apiserver-kubelet-client.key"));
    arguments.add(new Argument("enable-bootstrap-token-auth", "true"));
    arguments.add(new Argument("secure-port", Integer.toString(settings.bindPort())));
    arguments.add(new Argument("allow-privileged", "true"));
    arguments.add(
        new Argument("kubelet-preferred-address-types", "InternalIP,ExternalIP,Hostname"));
    arguments.add(new Argument("requestheader-username-headers", "X-Remote-User"));
    arguments.add(new Argument("requestheader-group-headers", "X-Remote-Group"));
    arguments.add(new Argument("requestheader-extra-headers-prefix", "X-Remote-Extra-"));
    arguments.add(new Argument("requestheader-client-ca-file", pki + "front-proxy-ca.crt"));
    arguments.add(new Argument("requestheader-allowed-names", "front-proxy-client"));
    arguments.add(new Argument("proxy-client-cert-file", pki + "front-proxy-client.crt"));
    arguments.add(new Argument("proxy-client-key-file", pki + "front-proxy-client.key"));
    if (value(given, "authorization-config").isEmpty()) {
      arguments.add(new Argument("authorization-mode", "Node,RBAC"));
    }
    arguments.addAll(etcdOfApiServer(pki));
    var volumes = new Volumes();
    volumes.add("k8s-certs", settings.certificatesDir(), true, "DirectoryOrCreate");
    caDirectories(volumes);
    if (settings.hasExternalEtcd()) {
      etcdDirectories(volumes);
    }
    volumes.extra(Data.mapsAt(settings.cluster(), "apiServer", "extraVolumes"));
    var probes = new Probes(settings.advertiseAddress(), "HTTPS");
    return pod(
        "kube-apiserver",
        Optional.of(
            Map.entry(
                "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint",
                Settings.hostPort(settings.advertiseAddress(), settings.bindPort()))),
        settings.kubernetesImage("kube-apiserver"),
        command("kube-apiserver", arguments, given),
        probes.liveness("/livez"),
        Optional.of(probes.readiness("/readyz")),
        probes.startup("/livez"),
        settings.bindPort(),
        map("cpu", "250m"),
        Data.mapsAt(settings.cluster(), "apiServer", "extraEnvs"),
        volumes,
        List.of());
  }

  private List<Argument> etcdOfApiServer(String pki) {
    if (!settings.hasExternalEtcd()) {
      String servers =
          value(settings.extraArguments("etcd", "local"), "advertise-client-urls")
              .orElse("https://" + (settings.isIpv6() ? "[::1]" : LOOPBACK) + ":2379");
      return List.of(
          new Argument("etcd-servers", servers),
          new Argument("etcd-cafile", pki + "etcd/ca.crt"),
          new Argument("etcd-certfile", pki + "apiserver-etcd-client.crt"),
          new Argument("etcd-keyfile", pki + "apiserver-etcd-client.key"));
    }
    var arguments = new ArrayList<Argument>();
    Map<String, Object> external = Data.mapAt(settings.cluster(), "etcd", "external");
    arguments.add(
        new Argument("etcd-servers", String.join(",", Data.textsAt(external, "endpoints"))));
    if (!Data.text(external, "caFile").isEmpty()) {
      arguments.add(new Argument("etcd-cafile", Data.text(external, "caFile")));
    }
    if (!Data.text(external, "certFile").isEmpty() && !Data.text(external, "keyFile").isEmpty()) {
      arguments.add(new Argument("etcd-certfile", Data.text(external, "certFile")));
      arguments.add(new Argument("etcd-keyfile", Data.text(external, "keyFile")));
    }
    return arguments;
  }

  private void etcdDirectories(Volumes volumes) {
    int index = 0;
    var seen = new ArrayList<String>();
    for (String field : List.of("caFile", "certFile", "keyFile")) {
      String file = Data.text(settings.cluster(), "etcd", "external", field);
      String directory = file.contains("/") ? file.substring(0, file.lastIndexOf('/')) : "";
      boolean within =
          java.util.stream.Stream.of(settings.certificatesDir(), "/etc/ssl/certs")
              .anyMatch(known -> (directory + "/").startsWith(known + "/"));
      if (!directory.isEmpty() && !within && !seen.contains(directory)) {
        seen.add(directory);
        volumes.add("etcd-certs-" + index++, directory, true, "DirectoryOrCreate");
      }
    }
  }

  /** Returns the pod of the controller manager. */
  public Map<String, Object> controllerManager() {
    String pki = settings.certificatesDir() + "/";
    String kubeconfig = "/etc/kubernetes/controller-manager.conf";
    var given = settings.extraArguments("controllerManager");
    var arguments = new ArrayList<Argument>();
    arguments.add(new Argument("bind-address", LOOPBACK));
    arguments.add(new Argument("leader-elect", "true"));
    arguments.add(new Argument("kubeconfig", kubeconfig));
    arguments.add(new Argument("authentication-kubeconfig", kubeconfig));
    arguments.add(new Argument("authorization-kubeconfig", kubeconfig));
    arguments.add(new Argument("client-ca-file", pki + "ca.crt"));
    arguments.add(new Argument("requestheader-client-ca-file", pki + "front-proxy-ca.crt"));
    arguments.add(new Argument("root-ca-file", pki + "ca.crt"));
    arguments.add(new Argument("service-account-private-key-file", pki + "sa.key"));
    arguments.add(
        new Argument("cluster-signing-cert-file", machine.externalCa() ? "" : pki + "ca.crt"));
    arguments.add(
        new Argument("cluster-signing-key-file", machine.externalCa() ? "" : pki + "ca.key"));
    arguments.add(new Argument("use-service-account-credentials", "true"));
    arguments.add(new Argument("controllers", "*,bootstrapsigner,tokencleaner"));
    if (!settings.podSubnet().isEmpty()) {
      arguments.add(new Argument("allocate-node-cidrs", "true"));
      arguments.add(new Argument("cluster-cidr", settings.podSubnet()));
      arguments.add(new Argument("service-cluster-ip-range", settings.serviceSubnet()));
    }
    String name = Data.text(settings.cluster(), "clusterName");
    if (!name.isEmpty()) {
      arguments.add(new Argument("cluster-name", name));
    }
    var volumes = new Volumes();
    volumes.add("k8s-certs", settings.certificatesDir(), true, "DirectoryOrCreate");
    caDirectories(volumes);
    volumes.add("kubeconfig", kubeconfig, true, "FileOrCreate");
    if (settings.version().mountsFlexVolumes()) {
      volumes.add(
          "flexvolume-dir",
          value(given, "flex-volume-plugin-dir")
              .orElse("/usr/libexec/kubernetes/kubelet-plugins/volume/exec"),
          false,
          "DirectoryOrCreate");
    }
    volumes.extra(Data.mapsAt(settings.cluster(), "controllerManager", "extraVolumes"));
    var probes = new Probes(probeHost(given), "HTTPS");
    return pod(
        "kube-controller-manager",
        Optional.empty(),
        settings.kubernetesImage("kube-controller-manager"),
        command("kube-controller-manager", arguments, given),
        probes.liveness("/healthz"),
        Optional.empty(),
        probes.startup("/healthz"),
        10257,
        map("cpu", "200m"),
        Data.mapsAt(settings.cluster(), "controllerManager", "extraEnvs"),
        volumes,
        List.of());
  }

  /** Returns the pod of the scheduler. */
  public Map<String, Object> scheduler() {
    String kubeconfig = "/etc/kubernetes/scheduler.conf";
    var given = settings.extraArguments("scheduler");
    var arguments =
        List.of(
            new Argument("bind-address", LOOPBACK),
            new Argument("leader-elect", "true"),
            new Argument("kubeconfig", kubeconfig),
            new Argument("authentication-kubeconfig", kubeconfig),
            new Argument("authorization-kubeconfig", kubeconfig));
    var volumes = new Volumes();
    volumes.add("kubeconfig", kubeconfig, true, "FileOrCreate");
    volumes.extra(Data.mapsAt(settings.cluster(), "scheduler", "extraVolumes"));
    var probes = new Probes(probeHost(given), "HTTPS");
    return pod(
        "kube-scheduler",
        Optional.empty(),
        settings.kubernetesImage("kube-scheduler"),
        command("kube-scheduler", arguments, given),
        probes.liveness("/livez"),
        Optional.of(probes.readiness("/readyz")),
        probes.startup("/livez"),
        10259,
        map("cpu", "100m"),
        Data.mapsAt(settings.cluster(), "scheduler", "extraEnvs"),
        volumes,
        List.of());
  }

  private static String probeHost(List<Argument> given) {
    return value(given, "bind-address")
        .filter(address -> !address.isEmpty())
        // Every address: then the kubelet asks at that of the pod.
        .map(address -> address.equals("0.0.0.0") || address.equals("::") ? "" : address)
        .orElse(LOOPBACK);
  }

  private void caDirectories(Volumes volumes) {
    volumes.add("ca-certs", "/etc/ssl/certs", true, "DirectoryOrCreate");
    for (String directory : CA_DIRECTORIES) {
      if (machine.directories().test(directory)) {
        volumes.add(directory.substring(1).replace('/', '-'), directory, true, "DirectoryOrCreate");
      }
    }
  }

  private static Optional<String> value(List<Argument> arguments, String name) {
    return arguments.stream()
        .filter(argument -> argument.name().equals(name))
        .reduce((_, last) -> last)
        .map(Argument::value);
  }

  /** The defaults sorted, without those that somebody gave; then what was given, in its order. */
  private static List<Object> command(
      String program, List<Argument> defaults, List<Argument> given) {
    var command = new ArrayList<Object>(List.of(program));
    defaults.stream()
        .filter(argument -> value(given, argument.name()).isEmpty())
        .sorted(java.util.Comparator.comparing(Argument::name))
        .forEach(argument -> command.add("--" + argument.name() + "=" + argument.value()));
    given.forEach(argument -> command.add("--" + argument.name() + "=" + argument.value()));
    return command;
  }

  /** The probes of a component. */
  private final class Probes {
    private final String host;
    private final String scheme;

    Probes(String host, String scheme) {
      this.host = host;
      this.scheme = scheme;
    }

    private Map<String, Object> get(String path) {
      Map<String, Object> get = map("path", path, "port", "probe-port", "scheme", scheme);
      if (!host.isEmpty()) {
        get.put("host", host);
      }
      return get;
    }

    Map<String, Object> liveness(String path) {
      return map(
          "failureThreshold", 8L,
          "httpGet", get(path),
          "initialDelaySeconds", 10L,
          "periodSeconds", 10L,
          "timeoutSeconds", 15L);
    }

    Map<String, Object> readiness(String path) {
      return map(
          "failureThreshold", 3L,
          "httpGet", get(path),
          "periodSeconds", 1L,
          "timeoutSeconds", 15L);
    }

    /** As many tries as fit into the time that a component may take to start. */
    Map<String, Object> startup(String path) {
      double seconds = settings.timeout("controlPlaneComponentHealthCheck").toMillis() / 1000.0;
      return map(
          "failureThreshold", (long) Math.ceil(seconds / 10),
          "httpGet", get(path),
          "initialDelaySeconds", 10L,
          "periodSeconds", 10L,
          "timeoutSeconds", 15L);
    }
  }

  private Map<String, Object> pod(
      String name,
      Optional<Map.Entry<String, String>> annotation,
      String image,
      List<Object> command,
      Map<String, Object> liveness,
      Optional<Map<String, Object>> readiness,
      Map<String, Object> startup,
      int port,
      Map<String, Object> requests,
      List<Map<String, Object>> environment,
      Volumes volumes,
      List<String> mountOrder) {
    Map<String, Object> metadata =
        map(
            "labels",
            map("component", name, "tier", "control-plane"),
            "name",
            name,
            "namespace",
            "kube-system");
    annotation.ifPresent(a -> metadata.put("annotations", map(a.getKey(), a.getValue())));
    Map<String, Object> container =
        map(
            "command", command,
            "image", image,
            "imagePullPolicy", "IfNotPresent",
            "livenessProbe", liveness,
            "name", name,
            "ports",
                List.of(map("containerPort", (long) port, "name", "probe-port", "protocol", "TCP")),
            "resources", map("requests", requests),
            "startupProbe", startup,
            "volumeMounts", volumes.mounts(mountOrder));
    readiness.ifPresent(probe -> container.put("readinessProbe", probe));
    List<Object> variables = environment(environment);
    if (!variables.isEmpty()) {
      container.put("env", variables);
    }
    return map(
        "apiVersion",
        "v1",
        "kind",
        "Pod",
        "metadata",
        metadata,
        "spec",
        map(
            "containers",
            List.of(container),
            "hostNetwork",
            true,
            "priority",
            2000001000L,
            "priorityClassName",
            "system-node-critical",
            "securityContext",
            map("seccompProfile", map("type", "RuntimeDefault")),
            "volumes",
            volumes.all()),
        "status",
        Map.of());
  }

  private List<Object> environment(List<Map<String, Object>> given) {
    var variables = new LinkedHashMap<String, Object>();
    machine
        .proxies()
        .forEach((name, value) -> variables.put(name, map("name", name, "value", value)));
    given.forEach(variable -> variables.put(Data.text(variable, "name"), variable));
    var sorted = new ArrayList<Object>();
    variables.keySet().stream().sorted().map(variables::get).forEach(sorted::add);
    return sorted;
  }

  /** Returns the manifests of the pods that this node runs, by the names of their files. */
  public Map<String, Map<String, Object>> all() {
    var all = new LinkedHashMap<String, Map<String, Object>>();
    if (!settings.hasExternalEtcd()) {
      all.put("etcd", etcd());
    }
    all.put("kube-apiserver", apiServer());
    all.put("kube-controller-manager", controllerManager());
    all.put("kube-scheduler", scheduler());
    return all;
  }
}
