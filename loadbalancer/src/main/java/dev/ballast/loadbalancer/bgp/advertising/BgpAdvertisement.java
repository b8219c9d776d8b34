package dev.ballast.loadbalancer.bgp.advertising;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.bgp.rib.RouteAttributes;
import dev.ballast.objects.LabelSelector;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A valid BGPAdvertisement. Empty sets and lists mean all.
 *
 * @param lengths the prefix length that addresses of each family are announced with
 */
public record BgpAdvertisement(
    String name,
    Map<Family, Integer> lengths,
    RouteAttributes attributes,
    Set<String> pools,
    List<LabelSelector> poolSelectors,
    List<LabelSelector> nodeSelectors,
    List<LabelSelector> serviceSelectors,
    Set<String> peers) {
  public BgpAdvertisement {
    lengths = Map.copyOf(lengths);
    pools = Set.copyOf(pools);
    poolSelectors = List.copyOf(poolSelectors);
    nodeSelectors = List.copyOf(nodeSelectors);
    serviceSelectors = List.copyOf(serviceSelectors);
    peers = Set.copyOf(peers);
  }

  /** Returns whether it is for a pool. */
  public boolean forPool(String pool, Map<String, String> poolLabels) {
    return (pools.isEmpty() && poolSelectors.isEmpty())
        || pools.contains(pool)
        || matches(poolSelectors, poolLabels);
  }

  boolean forService(Map<String, String> labels) {
    return serviceSelectors.isEmpty() || matches(serviceSelectors, labels);
  }

  boolean forNode(Map<String, String> labels) {
    return nodeSelectors.isEmpty() || matches(nodeSelectors, labels);
  }

  boolean forPeer(String peer) {
    return peers.isEmpty() || peers.contains(peer);
  }

  Cidr prefix(Address address) {
    return Cidr.containing(
        address, lengths.getOrDefault(address.family(), address.family().bits()));
  }

  static boolean matches(List<LabelSelector> selectors, Map<String, String> labels) {
    return selectors.stream().anyMatch(selector -> selector.matches(labels));
  }
}
