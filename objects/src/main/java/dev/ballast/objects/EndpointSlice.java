package dev.ballast.objects;

import java.util.List;
import java.util.Optional;

/** Where the backends of a service are, {@code discovery.k8s.io/v1}. */
public record EndpointSlice(
    Metadata metadata, String addressType, List<Endpoint> endpoints, List<Port> ports)
    implements KubernetesObject {
  /** The label that names the service. */
  public static final String SERVICE_NAME = "kubernetes.io/service-name";

  public EndpointSlice {
    endpoints = List.copyOf(endpoints);
    ports = List.copyOf(ports);
  }

  /**
   * @param ready empty when it is not written, which means ready
   * @param serving empty when it is not written, which means as ready
   * @param nodeName empty when it is not written
   */
  public record Endpoint(
      List<String> addresses,
      Optional<Boolean> ready,
      Optional<Boolean> serving,
      Optional<Boolean> terminating,
      String nodeName) {
    public Endpoint {
      addresses = List.copyOf(addresses);
    }

    /** Whether traffic may be sent: ready, or serving though it is about to end. */
    public boolean canServe() {
      return ready.orElse(true) || serving.orElse(false);
    }
  }

  /** A port of every endpoint in the slice. */
  public record Port(String name, String protocol, int port) {}

  /** The service it belongs to; empty when the label is missing. */
  public Optional<String> service() {
    return Optional.ofNullable(metadata.labels().get(SERVICE_NAME));
  }
}
