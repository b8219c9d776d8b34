package dev.ballast.mesh.envoy;

import dev.ballast.mesh.resource.OutboundMode;
import java.util.Map;
import java.util.Optional;

/**
 * What of a proxy its outbound configuration depends on: proxies with equal ones share it.
 *
 * @param labels empty unless a rule chooses proxies by labels
 */
record Traits(
    String namespace,
    String domain,
    Map<String, String> labels,
    String cluster,
    String locality,
    Proxy.Interception interception,
    boolean resolvesNames,
    boolean ipv6Only,
    boolean proxyless,
    boolean hasAgent,
    Optional<Proxy.TlsFiles> clientFiles,
    IstioExtensions extensions,
    OutboundMode outbound) {

  static Traits of(Proxy proxy, boolean labelsMatter, OutboundMode outbound) {
    return new Traits(
        proxy.namespace(),
        proxy.domain(),
        labelsMatter ? proxy.labels() : Map.of(),
        proxy.cluster(),
        proxy.locality(),
        proxy.interception(),
        proxy.resolvesNames(),
        proxy.isIpv6Only(),
        proxy.isProxyless(),
        proxy.hasAgent(),
        proxy.clientFiles(),
        IstioExtensions.of(proxy.extensions()),
        outbound);
  }

  boolean canAuthenticate() {
    return hasAgent || clientFiles.isPresent();
  }

  String wildcard() {
    return ipv6Only ? "::" : "0.0.0.0";
  }

  /** Where connections that nothing is declared for go. */
  String catchAllCluster() {
    return switch (outbound) {
      case ALLOW_ANY -> Names.PASSTHROUGH;
      case REGISTRY_ONLY -> Names.BLACK_HOLE;
    };
  }
}
