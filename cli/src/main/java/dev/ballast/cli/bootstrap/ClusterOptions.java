package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.KubernetesVersion;
import dev.ballast.bootstrap.config.ConfigurationFile;
import dev.ballast.bootstrap.config.Defaults;
import dev.ballast.bootstrap.config.Settings;
import dev.ballast.bootstrap.data.Data;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a new cluster is described: a file, or options. */
final class ClusterOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A kubeadm configuration file (kubeadm.k8s.io/v1beta4; v1beta3 with a warning).")
  private @Nullable Path config;

  @Option(
      names = "--strict",
      description = "Refuse fields that are not known, where kubeadm only warns.")
  private boolean strict;

  @Option(
      names = "--kubernetes-version",
      paramLabel = "VERSION",
      description = "The version of the control plane (default: that of this machine's kubelet).")
  private @Nullable String version;

  @Option(
      names = "--apiserver-advertise-address",
      paramLabel = "ADDRESS",
      description = "The address of the API server (default: that of the default route).")
  private @Nullable String advertiseAddress;

  @Option(
      names = "--apiserver-bind-port",
      paramLabel = "PORT",
      description = "The port of the API server (default: 6443).")
  private @Nullable Long bindPort;

  @Option(
      names = "--apiserver-cert-extra-sans",
      split = ",",
      paramLabel = "NAME",
      description = "Further names in the API server's certificate.")
  private List<String> sans = List.of();

  @Option(
      names = "--control-plane-endpoint",
      paramLabel = "HOST[:PORT]",
      description = "A stable name of the control plane.")
  private @Nullable String endpoint;

  @Option(
      names = "--cert-dir",
      paramLabel = "DIR",
      description = "Where the certificates are (default: /etc/kubernetes/pki).")
  private @Nullable String certificatesDir;

  @Option(
      names = "--cri-socket",
      paramLabel = "SOCKET",
      description = "The socket of the container runtime.")
  private @Nullable String criSocket;

  @Option(
      names = "--feature-gates",
      split = ",",
      paramLabel = "NAME=BOOLEAN",
      description = "Feature gates of kubeadm.")
  private Map<String, Boolean> featureGates = Map.of();

  @Option(
      names = "--image-repository",
      paramLabel = "REPOSITORY",
      description = "Where the images come from (default: registry.k8s.io).")
  private @Nullable String imageRepository;

  @Option(
      names = "--node-name",
      paramLabel = "NAME",
      description = "The name of this node (default: the host's).")
  private @Nullable String nodeName;

  @Option(names = "--pod-network-cidr", paramLabel = "CIDR", description = "The addresses of pods.")
  private @Nullable String podSubnet;

  @Option(
      names = "--service-cidr",
      paramLabel = "CIDR",
      description = "The addresses of services (default: 10.96.0.0/12).")
  private @Nullable String serviceSubnet;

  @Option(
      names = "--service-dns-domain",
      paramLabel = "DOMAIN",
      description = "The domain of services (default: cluster.local).")
  private @Nullable String domain;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "The token that nodes join with (default: a new one).")
  private @Nullable String token;

  @Option(
      names = "--token-ttl",
      paramLabel = "DURATION",
      description = "How long it is good; 0 means for ever (default: 24h).")
  private @Nullable String tokenTtl;

  /** Returns everything filled in; warnings are told. */
  Settings settings(Consumer<String> warn, Defaults defaults, String cni) {
    ConfigurationFile file =
        config == null ? ConfigurationFile.NONE : ConfigurationFile.read(config);
    if (strict) {
      file.requireStrict();
    }
    file.warnings().forEach(warning -> warn.accept("warning: " + warning));
    refuseMixture();
    KubernetesVersion chosen = NodeSources.version(Optional.ofNullable(version), file);
    ConfigurationFile whole = withOptions(file, cni);
    return defaults.settings(whole, chosen).validated();
  }

  Optional<Path> file() {
    return Optional.ofNullable(config);
  }

  /** kubeadm refuses a file together with options that the file could say. */
  private void refuseMixture() {
    boolean mixed =
        config != null
            && (version != null
                || advertiseAddress != null
                || bindPort != null
                || !sans.isEmpty()
                || endpoint != null
                || certificatesDir != null
                || !featureGates.isEmpty()
                || imageRepository != null
                || podSubnet != null
                || serviceSubnet != null
                || domain != null
                || token != null
                || tokenTtl != null);
    if (mixed) {
      throw new BootstrapFailure(
          "can not mix '--config' with arguments that describe the cluster",
          "say everything in " + config + "; --node-name, --cri-socket and --cni may be given too");
    }
  }

  private ConfigurationFile withOptions(ConfigurationFile file, String cni) {
    Map<String, Object> cluster = file.document("ClusterConfiguration");
    Map<String, Object> init = file.document("InitConfiguration");
    put(cluster, endpoint, "controlPlaneEndpoint");
    put(cluster, certificatesDir, "certificatesDir");
    put(cluster, imageRepository, "imageRepository");
    put(cluster, podSubnet, "networking", "podSubnet");
    put(cluster, serviceSubnet, "networking", "serviceSubnet");
    put(cluster, domain, "networking", "dnsDomain");
    if (!sans.isEmpty()) {
      Data.put(cluster, new ArrayList<Object>(sans), "apiServer", "certSANs");
    }
    if (!featureGates.isEmpty()) {
      Data.put(cluster, new LinkedHashMap<String, Object>(featureGates), "featureGates");
    }
    if (cni.equals("bridge")) {
      Data.putIfAbsent(cluster, "10.244.0.0/16", "networking", "podSubnet");
    }
    put(init, advertiseAddress, "localAPIEndpoint", "advertiseAddress");
    put(init, bindPort, "localAPIEndpoint", "bindPort");
    put(init, nodeName, "nodeRegistration", "name");
    put(init, criSocket, "nodeRegistration", "criSocket");
    if (Data.mapsAt(init, "bootstrapTokens").isEmpty()) {
      Map<String, Object> only = Data.map("generated", true);
      put(only, token, "token");
      put(only, tokenTtl, "ttl");
      init.put("bootstrapTokens", List.of(only));
    }
    var documents = new LinkedHashMap<>(file.documents());
    documents.put("ClusterConfiguration", cluster);
    documents.put("InitConfiguration", init);
    return new ConfigurationFile(file.source(), documents, file.warnings(), file.oldApi());
  }

  private static void put(Map<String, Object> map, @Nullable Object value, String... path) {
    if (value != null) {
      Data.put(map, value, path);
    }
  }
}
