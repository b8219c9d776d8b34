package dev.ballast.objects;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A service, {@code v1}: the fields that decide about addresses. */
public record Service(Metadata metadata, Spec spec, Status status) implements KubernetesObject {

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
   * @param targetPort a number or the name of one, as it is written; the port when it is not
   */
  public record Port(String name, String protocol, int port, String targetPort, int nodePort) {}

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
}
