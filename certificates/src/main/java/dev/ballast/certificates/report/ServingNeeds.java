package dev.ballast.certificates.report;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.creation.ServiceSubnet;
import dev.ballast.certificates.staticpods.StaticPod;
import dev.ballast.pki.AlternativeName;
import dev.ballast.pki.Certificates;
import java.net.InetAddress;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names that serving certificates must have on this node: those at which clients are told to
 * reach them, by the flags of the manifests and the server addresses of the kubeconfigs.
 */
final class ServingNeeds {
  private static final Pattern URL_HOST = Pattern.compile("https://(\\[[^\\]]+\\]|[^:/,]+)");

  /** By certificate: the flags of etcd that say where it listens and where it is told to be. */
  private static final Map<String, List<String>> ETCD_URLS =
      Map.of(
          "etcd-server", List.of("listen-client-urls", "advertise-client-urls"),
          "etcd-peer", List.of("listen-peer-urls", "initial-advertise-peer-urls"));

  /** What pods are given to reach the API server with; the cluster's domain may be another. */
  private static final String IN_CLUSTER = "kubernetes.default.svc";

  private final NodeSnapshot node;

  private ServingNeeds(NodeSnapshot node) {
    this.node = node;
  }

  static ServingNeeds of(NodeSnapshot node) {
    return new ServingNeeds(node);
  }

  List<Finding> findings(Item item, X509Certificate certificate) {
    var findings = new ArrayList<Finding>();
    var names = Certificates.names(certificate);
    for (var host : needed(item.name())) {
      var name =
          AlternativeName.address(host)
              .map(AlternativeName::ip)
              .orElseGet(() -> AlternativeName.dns(host));
      if (!names.contains(name) && !matchesWildcard(host, names)) {
        findings.add(
            Finding.broken(
                "lacks-name",
                "clients reach it as " + host + ", which is not among its names",
                "ballast certs renew " + item.name() + " --add-san " + host));
      }
    }
    return findings;
  }

  private static boolean matchesWildcard(String host, List<AlternativeName> names) {
    var dot = host.indexOf('.');
    return dot > 0 && names.contains(AlternativeName.dns("*" + host.substring(dot)));
  }

  private Set<String> needed(String item) {
    var hosts = new LinkedHashSet<String>();
    if (item.equals("apiserver")) {
      advertised().ifPresent(hosts::add);
      serviceAddress().ifPresent(hosts::add);
      pod("kube-apiserver").ifPresent(_ -> hosts.add(IN_CLUSTER));
      for (var other : node.items()) {
        if (other.kind() == Item.Kind.KUBECONFIG) {
          other.server().flatMap(ServingNeeds::host).ifPresent(hosts::add);
        }
      }
    }
    for (var flag : ETCD_URLS.getOrDefault(item, List.of())) {
      pod("etcd").ifPresent(etcd -> hosts.addAll(hosts(etcd.flags().getOrDefault(flag, ""))));
    }
    return hosts;
  }

  /** The first address of the service network, at which pods reach the API server. */
  private Optional<String> serviceAddress() {
    return pod("kube-apiserver")
        .flatMap(pod -> Optional.ofNullable(pod.flags().get("service-cluster-ip-range")))
        .flatMap(ServingNeeds::firstAddress);
  }

  private static Optional<String> firstAddress(String subnets) {
    try {
      return Optional.of(ServiceSubnet.firstAddress(subnets).getHostAddress());
    } catch (CertificatesFailure e) {
      // A flag that kube-apiserver refuses itself.
      return Optional.empty();
    }
  }

  private Optional<String> advertised() {
    return pod("kube-apiserver")
        .flatMap(pod -> Optional.ofNullable(pod.flags().get("advertise-address")));
  }

  private Optional<StaticPod> pod(String name) {
    return node.pods().stream().filter(pod -> pod.name().equals(name)).findFirst();
  }

  private static Optional<String> host(String server) {
    try {
      var host = URI.create(server).getHost();
      return Optional.ofNullable(host).map(ServingNeeds::bare);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static List<String> hosts(String urls) {
    return URL_HOST
        .matcher(urls)
        .results()
        .map(match -> bare(match.group(1)))
        .filter(host -> !host.equals("0.0.0.0") && !host.equals("::"))
        .toList();
  }

  /** The address that the API server advertises, when no interface of the node has it any more. */
  Optional<Finding> addressLost() {
    if (node.addresses().isEmpty()) {
      return Optional.empty();
    }
    Optional<InetAddress> address = advertised().flatMap(AlternativeName::address);
    return address
        .filter(advertised -> !node.addresses().contains(advertised))
        .map(advertised ->
            Finding.broken(
                "address-lost",
                "kube-apiserver advertises "
                    + advertised.getHostAddress()
                    + ", which no interface of this machine has",
                "give the address back, or change it in the manifests and renew apiserver,"
                    + " etcd-server and etcd-peer with --add-san"));
  }
}
