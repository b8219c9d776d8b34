package dev.ballast.loadbalancer.layer2;

import dev.ballast.loadbalancer.address.Address;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A service that has addresses, as far as announcing it goes.
 *
 * @param service as {@code namespace/name}
 * @param addresses those to answer for, never empty
 * @param ranked the address that the election's hash is over: the first of all that the service has
 * @param sharingKey empty for none
 * @param local whether externalTrafficPolicy is Local
 * @param anyEndpoint whether an endpoint anywhere can serve
 * @param endpointNodes the nodes with an endpoint that can serve
 */
public record Announceable(
    String service,
    Map<String, String> labels,
    List<Address> addresses,
    Address ranked,
    String sharingKey,
    boolean local,
    boolean anyEndpoint,
    Set<String> endpointNodes) {
  public Announceable {
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException(service + " has no address");
    }
    labels = Map.copyOf(labels);
    addresses = List.copyOf(addresses);
    endpointNodes = Set.copyOf(endpointNodes);
  }

  /** One whose every address is answered for. */
  public Announceable(
      String service,
      Map<String, String> labels,
      List<Address> addresses,
      String sharingKey,
      boolean local,
      boolean anyEndpoint,
      Set<String> endpointNodes) {
    this(
        service,
        labels,
        addresses,
        addresses.getFirst(),
        sharingKey,
        local,
        anyEndpoint,
        endpointNodes);
  }
}
