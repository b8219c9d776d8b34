package dev.ballast.certificates.creation;

import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.config.ClusterConfiguration.Etcd;
import dev.ballast.certificates.config.Endpoint;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.pki.AlternativeName;
import dev.ballast.pki.Certificates;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** The alternative names of kubeadm's serving certificates. */
public final class ServingNames {
  /** RFC 1123 subdomain, or one behind a wildcard. */
  private static final Pattern DNS_NAME =
      Pattern.compile("(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  private static final int MAX_DNS_NAME = 253;

  private ServingNames() {}

  /**
   * DNS names sorted, then addresses in order; none for a certificate that does not serve.
   *
   * @param warnings told of every name that is neither a DNS name nor an address, and left out
   */
  public static List<AlternativeName> of(
      Leaf leaf, InitConfiguration configuration, Consumer<String> warnings) {
    var names = new ArrayList<AlternativeName>();
    switch (leaf) {
      case APISERVER -> apiserver(names, configuration, warnings);
      case ETCD_SERVER -> etcd(names, configuration, true, warnings);
      case ETCD_PEER -> etcd(names, configuration, false, warnings);
      case APISERVER_KUBELET_CLIENT,
          FRONT_PROXY_CLIENT,
          ETCD_HEALTHCHECK_CLIENT,
          APISERVER_ETCD_CLIENT -> {
        // They only connect.
      }
    }
    return Certificates.sorted(names);
  }

  private static void apiserver(
      List<AlternativeName> names, InitConfiguration configuration, Consumer<String> warnings) {
    var cluster = configuration.cluster();
    names.add(AlternativeName.dns(configuration.nodeName()));
    names.add(AlternativeName.dns("kubernetes"));
    names.add(AlternativeName.dns("kubernetes.default"));
    names.add(AlternativeName.dns("kubernetes.default.svc"));
    names.add(AlternativeName.dns("kubernetes.default.svc." + cluster.dnsDomain()));
    names.add(AlternativeName.ip(ServiceSubnet.firstAddress(cluster.serviceSubnets())));
    names.add(AlternativeName.ip(configuration.advertiseAddress()));
    if (!cluster.controlPlaneEndpoint().isEmpty()) {
      String host = Endpoint.parse(cluster.controlPlaneEndpoint(), configuration.bindPort()).host();
      add(names, host, "apiserver", warnings);
    }
    cluster.certSans().forEach(name -> add(names, name, "apiserver", warnings));
  }

  private static void etcd(
      List<AlternativeName> names,
      InitConfiguration configuration,
      boolean server,
      Consumer<String> warnings) {
    names.add(AlternativeName.dns(configuration.nodeName()));
    names.add(AlternativeName.dns("localhost"));
    names.add(AlternativeName.ip(configuration.advertiseAddress()));
    names.add(AlternativeName.ip(InetAddress.ofLiteral("127.0.0.1")));
    names.add(AlternativeName.ip(InetAddress.ofLiteral("::1")));
    if (configuration.cluster().etcd() instanceof Etcd.Local local) {
      List<String> further = server ? local.serverCertSans() : local.peerCertSans();
      String certificate = server ? "etcd/server" : "etcd/peer";
      further.forEach(name -> add(names, name, certificate, warnings));
    }
  }

  private static void add(
      List<AlternativeName> names, String name, String certificate, Consumer<String> warnings) {
    parse(name)
        .ifPresentOrElse(
            names::add,
            () ->
                warnings.accept(
                    "[certificates] WARNING: '%s' was not added to the '%s' SAN, because it is not a valid IP or RFC-1123 compliant DNS entry"
                        .formatted(name, certificate)));
  }

  /** An address or a DNS name, perhaps with a wildcard. */
  public static Optional<AlternativeName> parse(String name) {
    return AlternativeName.address(name)
        .map(AlternativeName::ip)
        .or(() ->
            name.length() <= MAX_DNS_NAME && DNS_NAME.matcher(name).matches()
                ? Optional.of(AlternativeName.dns(name))
                : Optional.empty());
  }
}
