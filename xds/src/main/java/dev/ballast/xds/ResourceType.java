package dev.ballast.xds;

import java.util.Arrays;
import java.util.Optional;

/** The types of resources, in the order in which a change of several is sent: make before break. */
public enum ResourceType {
  CLUSTER("envoy.config.cluster.v3.Cluster", true),
  ENDPOINT("envoy.config.endpoint.v3.ClusterLoadAssignment", false),
  LISTENER("envoy.config.listener.v3.Listener", true),
  ROUTE("envoy.config.route.v3.RouteConfiguration", false),
  SECRET("envoy.extensions.transport_sockets.tls.v3.Secret", false),
  NAME_TABLE("istio.networking.nds.v1.NameTable", true);

  private static final String PREFIX = "type.googleapis.com/";

  private final String url;
  private final boolean wildcard;

  ResourceType(String message, boolean wildcard) {
    this.url = PREFIX + message;
    this.wildcard = wildcard;
  }

  /** Returns the type's name on the wire. */
  public String url() {
    return url;
  }

  /** Whether a request without names asks for all resources, and a response holds all of them. */
  public boolean isWildcard() {
    return wildcard;
  }

  /** Returns the type of a name on the wire. */
  public static Optional<ResourceType> of(String url) {
    return Arrays.stream(values()).filter(type -> type.url.equals(url)).findFirst();
  }
}
