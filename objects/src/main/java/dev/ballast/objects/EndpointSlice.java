package dev.ballast.objects;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Where the backends of a service are, {@code discovery.k8s.io/v1}. */
public record EndpointSlice(
    Metadata metadata, String addressType, List<Endpoint> endpoints, List<Port> ports)
    implements KubernetesObject {
  /** The kind. */
  public static final Kind<EndpointSlice> KIND =
      new Kind<>(
          "discovery.k8s.io",
          "v1",
          "EndpointSlice",
          "endpointslices",
          Kind.Scope.NAMESPACED,
          EndpointSlice.class,
          EndpointSlice::read);

  /** Without leading zeros, which some programs take for octal. */
  private static final Pattern IPV4 =
      Pattern.compile(
          "(OCTET\\.){3}OCTET".replace("OCTET", "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"));

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

  @Override
  public String group() {
    return KIND.group();
  }

  /** The service it belongs to; empty when the label is missing. */
  public Optional<String> service() {
    return Optional.ofNullable(metadata.labels().get(SERVICE_NAME));
  }

  private static EndpointSlice read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    String type = object.word("addressType", "IPv4", "IPv4", "IPv6", "FQDN");
    return new EndpointSlice(
        metadata,
        type,
        object.objects(
            "endpoints",
            endpoint -> {
              endpoint.ignore("targetRef", "zone", "hints", "hostname", "deprecatedTopology");
              Fields conditions = endpoint.object("conditions").orElse(null);
              return new EndpointSlice.Endpoint(
                  addresses(endpoint, type),
                  conditions == null ? Optional.empty() : conditions.bool("ready"),
                  conditions == null ? Optional.empty() : conditions.bool("serving"),
                  conditions == null ? Optional.empty() : conditions.bool("terminating"),
                  endpoint.text("nodeName", ""));
            }),
        object.objects(
            "ports",
            port -> {
              port.ignore("appProtocol");
              return new EndpointSlice.Port(
                  port.text("name", ""),
                  port.word("protocol", "TCP", "TCP", "UDP", "SCTP"),
                  (int) port.number("port", 0, 0, 65_535));
            }));
  }

  private static List<String> addresses(Fields endpoint, String type) {
    List<String> addresses = endpoint.texts("addresses");
    for (int i = 0; i < addresses.size(); i++) {
      String text = addresses.get(i);
      boolean right =
          switch (type) {
            case "IPv4" -> IPV4.matcher(text).matches();
            case "IPv6" -> isIpv6(text);
            default -> true;
          };
      if (!right) {
        endpoint
            .problems()
            .error(
                endpoint.at("addresses"),
                endpoint.path("addresses") + "[" + i + "]",
                "'" + text + "' is no address of type " + type,
                "write one, or another addressType");
      }
    }
    return addresses;
  }

  private static boolean isIpv6(String text) {
    try {
      return text.indexOf(':') >= 0
          && text.indexOf('%') < 0
          && InetAddress.ofLiteral(text) instanceof Inet6Address;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
