package dev.ballast.loadbalancer.bgp.rib;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.bgp.message.PathAttributes;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a session adds to the attributes of its routes.
 *
 * @param localAs the AS number that the peer sees
 * @param internal whether the peer is in the same AS
 * @param nextHops for each family of routes that can be sent, where packets go
 */
public record PathTerms(long localAs, boolean internal, Map<Family, List<Address>> nextHops) {
  public PathTerms {
    nextHops = Map.copyOf(nextHops);
  }

  /** Returns the path attributes of routes of a family; empty where the session has no next hop. */
  Optional<PathAttributes> attributes(RouteAttributes route, Family family) {
    List<Address> hops = nextHops.getOrDefault(family, List.of());
    if (hops.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new PathAttributes(
            PathAttributes.Origin.IGP,
            internal
                ? Collections.nCopies(route.prepend(), localAs)
                : Collections.nCopies(route.prepend() + 1, localAs),
            hops,
            OptionalLong.empty(),
            internal ? OptionalLong.of(route.localPref()) : OptionalLong.empty(),
            route.communities(),
            route.largeCommunities()));
  }
}
