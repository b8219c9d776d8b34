package dev.ballast.loadbalancer.bgp.advertising;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whether this node announces a service by BGP, and why. */
public sealed interface BgpStanding {
  String service();

  /**
   * It does.
   *
   * @param peers what each peer gets for the service
   * @param rejected the peers that do not get it, and why not
   */
  record Announced(
      String service,
      List<Address> addresses,
      Map<String, Set<Cidr>> peers,
      Map<String, String> rejected)
      implements BgpStanding {}

  /** It does not. */
  record Withheld(String service, Reason reason, String why) implements BgpStanding {}

  /** Why not, in the words of the original. */
  enum Reason {
    NOT_OWNER("notOwner"),
    NODE_NETWORK_UNAVAILABLE("nodeNetworkUnavailable"),
    NODE_LABELED_EXCLUDE_BALANCERS("nodeLabeledExcludeBalancers"),
    NO_LOCAL_ENDPOINTS("noLocalEndpoints"),
    NO_ENDPOINTS("noEndpoints"),
    NO_MATCHING_ADVERTISEMENT("noMatchingAdvertisement"),
    CONFLICTING_ADVERTISEMENTS("conflictingAdvertisements");

    private final String word;

    Reason(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }
}
