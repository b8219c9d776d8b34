package dev.ballast.mesh.envoy;

import com.google.protobuf.Struct;
import dev.ballast.mesh.model.MeshEndpoint;
import dev.ballast.mesh.model.MeshPort;
import dev.ballast.mesh.model.MeshService;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.HealthStatus;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.Pipe;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** The endpoints of a cluster, by locality. */
final class Endpoints {
  private Endpoints() {}

  /**
   * @param labels the labels of a subset; empty for all
   * @param addressesOnly leaves out names, which Envoy does not resolve here
   */
  static ClusterLoadAssignment of(
      String cluster,
      MeshService service,
      MeshPort port,
      Map<String, String> labels,
      String meshCluster,
      boolean addressesOnly) {
    Map<String, LocalityLbEndpoints.Builder> byLocality = new TreeMap<>();
    for (MeshEndpoint endpoint : service.endpoints()) {
      OptionalInt number = endpoint.port(port);
      if (!endpoint.has(labels)
          || (number.isEmpty() && !endpoint.isUnix())
          || (addressesOnly && !endpoint.isIp() && !endpoint.isUnix())) {
        continue;
      }
      LocalityLbEndpoints.Builder group =
          byLocality.computeIfAbsent(
              endpoint.locality(),
              text -> LocalityLbEndpoints.newBuilder().setLocality(locality(text)));
      group.addLbEndpoints(one(endpoint, number.orElse(0), meshCluster));
      group.setLoadBalancingWeight(
          Pack.uint(group.getLoadBalancingWeight().getValue() + endpoint.weight()));
    }
    ClusterLoadAssignment.Builder built =
        ClusterLoadAssignment.newBuilder().setClusterName(cluster);
    byLocality.values().forEach(built::addEndpoints);
    return built.build();
  }

  private static LbEndpoint one(MeshEndpoint endpoint, int port, String meshCluster) {
    Address address =
        endpoint.isUnix()
            ? Address.newBuilder()
                .setPipe(Pipe.newBuilder().setPath(endpoint.address().substring(7)))
                .build()
            : Pack.address(endpoint.address(), port);
    Metadata.Builder metadata = Metadata.newBuilder();
    if (endpoint.mtls()) {
      metadata.putFilterMetadata(
          "envoy.transport_socket_match",
          Struct.newBuilder().putFields("tlsMode", Pack.text("istio")).build());
    }
    metadata.putFilterMetadata(
        "istio",
        Struct.newBuilder()
            .putFields("workload", Pack.text(endpoint.workloadText(meshCluster)))
            .build());
    LbEndpoint.Builder built =
        LbEndpoint.newBuilder()
            .setEndpoint(Endpoint.newBuilder().setAddress(address))
            .setMetadata(metadata)
            .setLoadBalancingWeight(Pack.uint(endpoint.weight()));
    if (endpoint.isHealthy()) {
      built.setHealthStatus(HealthStatus.HEALTHY);
    }
    return built.build();
  }

  private static Locality locality(String text) {
    String[] parts = text.split("/", 3);
    Locality.Builder locality = Locality.newBuilder();
    if (!text.isEmpty()) {
      locality.setRegion(parts[0]);
      if (parts.length > 1) {
        locality.setZone(parts[1]);
      }
      if (parts.length > 2) {
        locality.setSubZone(parts[2]);
      }
    }
    return locality.build();
  }
}
