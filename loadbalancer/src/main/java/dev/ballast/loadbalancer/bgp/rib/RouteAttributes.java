package dev.ballast.loadbalancer.bgp.rib;

import dev.ballast.loadbalancer.bgp.message.Community;
import dev.ballast.loadbalancer.bgp.message.LargeCommunity;
import java.util.ArrayList;
import java.util.List;

/**
 * What is configured for a route, the same for every peer.
 *
 * @param localPref sent to peers of the own AS only; 0 is a value, as in the original
 * @param prepend how often the AS number is put before the path once more
 * @param communities without duplicates, sorted
 * @param largeCommunities without duplicates, sorted
 */
public record RouteAttributes(
    long localPref,
    int prepend,
    List<Community> communities,
    List<LargeCommunity> largeCommunities) {
  public RouteAttributes {
    communities = communities.stream().distinct().sorted().toList();
    largeCommunities = largeCommunities.stream().distinct().sorted().toList();
  }

  /** Returns these attributes with the GRACEFUL_SHUTDOWN community and the lowest preference. */
  public RouteAttributes leaving() {
    List<Community> more = new ArrayList<>(communities);
    more.add(Community.GRACEFUL_SHUTDOWN);
    return new RouteAttributes(0, prepend, more, largeCommunities);
  }

  /** Returns the attributes of a prefix that two services share: both sets of communities. */
  public RouteAttributes union(RouteAttributes other) {
    List<Community> all = new ArrayList<>(communities);
    all.addAll(other.communities);
    List<LargeCommunity> allLarge = new ArrayList<>(largeCommunities);
    allLarge.addAll(other.largeCommunities);
    return new RouteAttributes(localPref, prepend, all, allLarge);
  }
}
