package dev.ballast.certificates.report;

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
  private static final Map<String, String> LISTENING =
      Map.of("etcd-server", "listen-client-urls", "etcd-peer", "listen-peer-urls");

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
      for (var other : node.items()) {
        if (other.kind() == Item.Kind.KUBECONFIG) {
          other.server().flatMap(ServingNeeds::host).ifPresent(hosts::add);
        }
      }
    }
    var flag = LISTENING.get(item);
    if (flag != null) {
      pod("etcd").ifPresent(etcd -> hosts.addAll(hosts(etcd.flags().getOrDefault(flag, ""))));
    }
    return hosts;
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
