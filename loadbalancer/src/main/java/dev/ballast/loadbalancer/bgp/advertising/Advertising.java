package dev.ballast.loadbalancer.bgp.advertising;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.bgp.advertising.BgpStanding.Reason;
import dev.ballast.loadbalancer.bgp.rib.RouteAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Decides which routes each peer of a node gets.
 *
 * @param routes by the name of the peer; each peer is there, also one without routes
 * @param standings how the node stands to each service, and why
 */
public record Advertising(
    Map<String, Map<Cidr, RouteAttributes>> routes, Map<String, BgpStanding> standings) {
  /** Before anything was decided. */
  public static final Advertising NOTHING = new Advertising(Map.of(), Map.of());

  /**
   * Decides.
   *
   * @param services in an order that stays: of several that share a prefix the first one's
   *     preference counts
   * @param peers the names of the peers of this node
   */
  public static Advertising decide(BgpNode node, List<BgpService> services, Set<String> peers) {
    Map<String, Map<Cidr, RouteAttributes>> routes = new TreeMap<>();
    peers.forEach(peer -> routes.put(peer, new HashMap<>()));
    Map<String, BgpStanding> standings = new TreeMap<>();
    for (BgpService service : services) {
      BgpStanding standing = standing(node, service, peers);
      standings.put(service.service(), standing);
      if (standing instanceof BgpStanding.Announced) {
        peers.forEach(peer ->
            routes(node, service, peer)
                .forEach((prefix, attributes) ->
                    routes
                        .getOrDefault(peer, Map.of())
                        .merge(prefix, attributes, RouteAttributes::union)));
      }
    }
    if (node.draining()) {
      routes.values().forEach(all -> all.replaceAll((_, attributes) -> attributes.leaving()));
    }
    return new Advertising(routes, standings);
  }

  private static BgpStanding standing(BgpNode node, BgpService service, Set<String> peers) {
    List<BgpAdvertisement> matching =
        service.advertisements().stream().filter(ad -> ad.forService(service.labels())).toList();
    if (matching.isEmpty()) {
      return withheld(
          service,
          Reason.NO_MATCHING_ADVERTISEMENT,
          "no BGPAdvertisement of its pool is for the service");
    }
    if (matching.stream().noneMatch(ad -> ad.forNode(node.labels()))) {
      return withheld(
          service, Reason.NOT_OWNER, "the node matches no nodeSelectors of " + names(matching));
    }
    if (node.networkUnavailable()) {
      return withheld(
          service,
          Reason.NODE_NETWORK_UNAVAILABLE,
          "the condition NetworkUnavailable of the node is True");
    }
    if (node.excluded()) {
      return withheld(
          service,
          Reason.NODE_LABELED_EXCLUDE_BALANCERS,
          "the node has the label node.kubernetes.io/exclude-from-external-load-balancers");
    }
    if (service.local() && !service.endpointNodes().contains(node.name())) {
      return withheld(
          service,
          Reason.NO_LOCAL_ENDPOINTS,
          "externalTrafficPolicy is Local and no endpoint on the node can serve");
    }
    if (!service.local() && !service.anyEndpoint()) {
      return withheld(service, Reason.NO_ENDPOINTS, "no endpoint can serve");
    }
    return announced(node, service, matching, peers);
  }

  private static BgpStanding announced(
      BgpNode node, BgpService service, List<BgpAdvertisement> matching, Set<String> peers) {
    Map<String, Set<Cidr>> announced = new TreeMap<>();
    Map<String, String> rejected = new TreeMap<>();
    for (String peer : peers) {
      List<BgpAdvertisement> forPeer =
          matching.stream().filter(ad -> ad.forNode(node.labels()) && ad.forPeer(peer)).toList();
      for (Address address : service.addresses()) {
        Map<Cidr, BgpAdvertisement> first = new HashMap<>();
        for (BgpAdvertisement ad : forPeer) {
          BgpAdvertisement before = first.putIfAbsent(ad.prefix(address), ad);
          if (before != null && before.attributes().localPref() != ad.attributes().localPref()) {
            return withheld(
                service,
                Reason.CONFLICTING_ADVERTISEMENTS,
                "%s and %s announce %s to %s with local preferences %d and %d"
                    .formatted(
                        before.name(),
                        ad.name(),
                        ad.prefix(address),
                        peer,
                        before.attributes().localPref(),
                        ad.attributes().localPref()));
          }
        }
      }
      if (forPeer.isEmpty()) {
        rejected.put(peer, "it is not among the peers of " + names(matching) + " for this node");
      } else {
        announced.put(peer, new TreeSet<>(java.util.Comparator.comparing(Cidr::toString)));
        announced.get(peer).addAll(routes(node, service, peer).keySet());
      }
    }
    return new BgpStanding.Announced(service.service(), service.addresses(), announced, rejected);
  }

  private static Map<Cidr, RouteAttributes> routes(BgpNode node, BgpService service, String peer) {
    Map<Cidr, RouteAttributes> routes = new HashMap<>();
    for (BgpAdvertisement ad : service.advertisements()) {
      if (ad.forService(service.labels()) && ad.forNode(node.labels()) && ad.forPeer(peer)) {
        for (Address address : service.addresses()) {
          routes.merge(ad.prefix(address), ad.attributes(), RouteAttributes::union);
        }
      }
    }
    return routes;
  }

  private static String names(List<BgpAdvertisement> advertisements) {
    List<String> names = new ArrayList<>();
    advertisements.forEach(ad -> names.add(ad.name()));
    return String.join(", ", names);
  }

  private static BgpStanding withheld(BgpService service, Reason reason, String why) {
    return new BgpStanding.Withheld(service.service(), reason, why);
  }
}
