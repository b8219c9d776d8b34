package dev.ballast.objects;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A service, {@code v1}: the fields that decide about addresses. */
public record Service(Metadata metadata, Spec spec, Status status) implements KubernetesObject {
  /** The kind. */
  public static final Kind<Service> KIND =
      new Kind<>(
          "", "v1", "Service", "services", Kind.Scope.NAMESPACED, Service.class, Service::read);

  /**
   * @param type {@code ClusterIP} when it is not written
   * @param loadBalancerClass empty when it is not written
   * @param loadBalancerIP empty when it is not written
   * @param externalTrafficPolicy {@code Cluster} when it is not written
   */
  public record Spec(
      String type,
      Optional<String> loadBalancerClass,
      String loadBalancerIP,
      String externalTrafficPolicy,
      List<Port> ports,
      Map<String, String> selector,
      List<String> clusterIPs,
      List<String> ipFamilies,
      String ipFamilyPolicy) {
    public Spec {
      ports = List.copyOf(ports);
      selector = Map.copyOf(selector);
      clusterIPs = List.copyOf(clusterIPs);
      ipFamilies = List.copyOf(ipFamilies);
    }
  }

  /**
   * @param appProtocol what the port speaks; empty when it is not written
   * @param targetPort a number or the name of one, as it is written; the port when it is not
   */
  public record Port(
      String name,
      String protocol,
      int port,
      String targetPort,
      int nodePort,
      String appProtocol) {}

  /**
   * @param ingress the addresses of {@code loadBalancer.ingress}, in order
   */
  public record Status(List<String> ingress) {
    public Status {
      ingress = List.copyOf(ingress);
    }
  }

  /** The same service with other addresses. */
  public Service withIngress(List<String> ingress) {
    return new Service(metadata, spec, new Status(ingress));
  }

  private static Service read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    List<String> ingress =
        object
            .object("status")
            .map(status -> {
              status.ignore("conditions");
              return status
                  .object("loadBalancer")
                  .map(balancer ->
                      balancer.objects(
                          "ingress",
                          one -> {
                            one.ignore("hostname", "ipMode", "ports");
                            return one.text("ip", "");
                          }))
                  .orElse(List.of());
            })
            .orElse(List.of());
    Fields spec = object.object("spec").orElse(null);
    if (spec == null) {
      object.missing("spec", "write it");
      return new Service(
          metadata,
          new Service.Spec(
              "ClusterIP",
              Optional.empty(),
              "",
              "Cluster",
              List.of(),
              Map.of(),
              List.of(),
              List.of(),
              ""),
          new Service.Status(List.of()));
    }
    spec.ignore(
        "allocateLoadBalancerNodePorts",
        "externalIPs",
        "externalName",
        "healthCheckNodePort",
        "internalTrafficPolicy",
        "loadBalancerSourceRanges",
        "publishNotReadyAddresses",
        "sessionAffinity",
        "sessionAffinityConfig",
        "trafficDistribution",
        "topologyKeys",
        "clusterIP");
    List<String> clusterIPs = spec.texts("clusterIPs");
    if (clusterIPs.isEmpty()) {
      clusterIPs = spec.text("clusterIP").map(List::of).orElse(List.of());
    }
    return new Service(
        metadata,
        new Service.Spec(
            spec.word("type", "ClusterIP", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
            spec.text("loadBalancerClass"),
            spec.text("loadBalancerIP", ""),
            spec.word("externalTrafficPolicy", "Cluster", "Cluster", "Local"),
            spec.objects("ports", Service::port),
            spec.map("selector"),
            clusterIPs,
            spec.texts("ipFamilies"),
            spec.text("ipFamilyPolicy", "")),
        new Service.Status(ingress.stream().filter(ip -> !ip.isEmpty()).toList()));
  }

  private static Service.Port port(Fields port) {
    long number = port.number("port", 0, 1, 65_535);
    if (!port.has("port")) {
      port.missing("port", "write it");
    }
    return new Service.Port(
        port.text("name", ""),
        port.word("protocol", "TCP", "TCP", "UDP", "SCTP"),
        (int) number,
        port.text("targetPort", Long.toString(number)),
        (int) port.number("nodePort", 0, 0, 65_535),
        port.text("appProtocol", ""));
  }
}
