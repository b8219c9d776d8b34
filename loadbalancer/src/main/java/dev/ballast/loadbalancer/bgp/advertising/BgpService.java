package dev.ballast.loadbalancer.bgp.advertising;

import dev.ballast.loadbalancer.address.Address;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A service that has addresses, as far as BGP goes.
 *
 * @param service as {@code namespace/name}
 * @param advertisements those of its pool
 * @param local whether externalTrafficPolicy is Local
 * @param anyEndpoint whether an endpoint anywhere can serve
 * @param endpointNodes the nodes with an endpoint that can serve
 */
public record BgpService(
    String service,
    Map<String, String> labels,
    List<Address> addresses,
    List<BgpAdvertisement> advertisements,
    boolean local,
    boolean anyEndpoint,
    Set<String> endpointNodes) {
  public BgpService {
    labels = Map.copyOf(labels);
    addresses = List.copyOf(addresses);
    advertisements = List.copyOf(advertisements);
    endpointNodes = Set.copyOf(endpointNodes);
  }
}
