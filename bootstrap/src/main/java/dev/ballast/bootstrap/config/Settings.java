package dev.ballast.bootstrap.config;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.KubernetesVersion;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.ClusterConfiguration.Etcd;
import dev.ballast.certificates.config.GoDuration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.pki.AlternativeName;
import dev.ballast.pki.KeyAlgorithm;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a control-plane node is made from: kubeadm's documents with everything filled in.
 *
 * @param init InitConfiguration
 * @param cluster ClusterConfiguration, as it is stored in the cluster
 * @param kubelet KubeletConfiguration
 * @param kubeProxy KubeProxyConfiguration
 * @param supplied the kinds that a person wrote
 */
public record Settings(
    Map<String, Object> init,
    Map<String, Object> cluster,
    Map<String, Object> kubelet,
    Map<String, Object> kubeProxy,
    KubernetesVersion version,
    Set<String> supplied) {

  /** An argument of a component. */
  public record Argument(String name, String value) {}

  public String nodeName() {
    return Data.text(init, "nodeRegistration", "name");
  }

  public String advertiseAddress() {
    return Data.text(init, "localAPIEndpoint", "advertiseAddress");
  }

  public int bindPort() {
    return Integer.parseInt(Data.text(init, "localAPIEndpoint", "bindPort"));
  }

  public String criSocket() {
    return Data.text(init, "nodeRegistration", "criSocket");
  }

  public String certificatesDir() {
    return Data.text(cluster, "certificatesDir");
  }

  public String podSubnet() {
    return Data.text(cluster, "networking", "podSubnet");
  }

  public String serviceSubnet() {
    return Data.text(cluster, "networking", "serviceSubnet");
  }

  public String dnsDomain() {
    return Data.text(cluster, "networking", "dnsDomain");
  }

  public String imageRepository() {
    return Data.text(cluster, "imageRepository");
  }

  public boolean hasExternalEtcd() {
    return Data.at(cluster, "etcd", "external").isPresent();
  }

  public String etcdDataDir() {
    return Data.text(cluster, "etcd", "local", "dataDir");
  }

  /** Returns the arguments that somebody gave a component. */
  public List<Argument> extraArguments(String... component) {
    String[] path = Arrays.copyOf(component, component.length + 1);
    path[component.length] = "extraArgs";
    return arguments(cluster, path);
  }

  public List<Argument> kubeletArguments() {
    return arguments(init, "nodeRegistration", "kubeletExtraArgs");
  }

  static List<Argument> arguments(Map<String, Object> data, String... path) {
    return Data.mapsAt(data, path).stream()
        .map(argument -> new Argument(Data.text(argument, "name"), Data.text(argument, "value")))
        .toList();
  }

  public Duration timeout(String name) {
    return GoDuration.parse(Data.text(init, "timeouts", name)).orElseThrow();
  }

  /** Returns the taints of a control-plane node: those that were given, also none. */
  public List<Map<String, Object>> taints() {
    return Data.mapsAt(init, "nodeRegistration", "taints");
  }

  /** Returns the first of the tokens that new nodes may join with. */
  public List<Map<String, Object>> bootstrapTokens() {
    return Data.mapsAt(init, "bootstrapTokens");
  }

  public String kubernetesImage(String component) {
    return imageRepository() + "/" + component + ":" + version.text().replace('+', '_');
  }

  public String etcdImage() {
    return or(Data.text(cluster, "etcd", "local", "imageRepository"), imageRepository())
        + "/etcd:"
        + or(Data.text(cluster, "etcd", "local", "imageTag"), version.etcdTag());
  }

  /** Only Kubernetes' own repository has CoreDNS one level deeper. */
  public String coreDnsImage() {
    String repository = or(Data.text(cluster, "dns", "imageRepository"), imageRepository());
    return (repository.equals(Defaults.IMAGE_REPOSITORY) ? repository + "/coredns" : repository)
        + "/coredns:"
        + or(Data.text(cluster, "dns", "imageTag"), version.coreDnsTag());
  }

  public String pauseImage() {
    return imageRepository() + "/pause:" + version.pauseTag();
  }

  /** Returns the images in the order of kubeadm's list. */
  public List<String> images() {
    var images = new ArrayList<String>();
    images.add(kubernetesImage("kube-apiserver"));
    images.add(kubernetesImage("kube-controller-manager"));
    images.add(kubernetesImage("kube-scheduler"));
    if (!Data.isTrue(cluster, "proxy", "disabled")) {
      images.add(kubernetesImage("kube-proxy"));
    }
    if (!Data.isTrue(cluster, "dns", "disabled")) {
      images.add(coreDnsImage());
    }
    images.add(pauseImage());
    if (!hasExternalEtcd()) {
      images.add(etcdImage());
    }
    return images;
  }

  private static String or(String text, String otherwise) {
    return text.isEmpty() ? otherwise : text;
  }

  /** Returns host and port with the brackets that IPv6 needs. */
  public static String hostPort(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  /** Returns the URL of the API server for everybody. */
  public String server() {
    return certificates().server();
  }

  /** Returns the 10th address of the services' network, which DNS gets. */
  public String dnsAddress() {
    return Defaults.dnsAddress(serviceSubnet());
  }

  /** Returns the part that certificates depend on. */
  public InitConfiguration certificates() {
    InetAddress address = InetAddress.ofLiteral(advertiseAddress());
    return new InitConfiguration(
        new ClusterConfiguration(
            Data.text(cluster, "clusterName"),
            Path.of(certificatesDir()),
            Data.text(cluster, "controlPlaneEndpoint"),
            serviceSubnet(),
            dnsDomain(),
            Data.textsAt(cluster, "apiServer", "certSANs"),
            hasExternalEtcd()
                ? new Etcd.External(Data.textsAt(cluster, "etcd", "external", "endpoints"))
                : new Etcd.Local(
                    Data.textsAt(cluster, "etcd", "local", "serverCertSANs"),
                    Data.textsAt(cluster, "etcd", "local", "peerCertSANs")),
            KeyAlgorithm.named(Data.text(cluster, "encryptionAlgorithm")).orElseThrow(),
            GoDuration.parse(Data.text(cluster, "certificateValidityPeriod")).orElseThrow(),
            GoDuration.parse(Data.text(cluster, "caCertificateValidityPeriod")).orElseThrow()),
        nodeName(),
        address,
        bindPort());
  }

  /** Returns whether the node's address is one of IPv6. */
  public boolean isIpv6() {
    return InetAddress.ofLiteral(advertiseAddress()) instanceof Inet6Address;
  }

  /** Returns an address in the form that certificates and URLs have it. */
  public static String addressText(InetAddress address) {
    return AlternativeName.ip(address).text();
  }

  /**
   * Refuses what cannot work.
   *
   * @throws BootstrapFailure with the first thing that is wrong
   */
  public Settings validated() {
    Validation.check(this);
    return this;
  }
}
