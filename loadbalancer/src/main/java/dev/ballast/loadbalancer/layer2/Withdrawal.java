package dev.ballast.loadbalancer.layer2;

/** Why a speaker does not announce a service, in the words of the original. */
public enum Withdrawal {
  SERVICE_DELETED("serviceDeleted"),
  NOT_LOAD_BALANCER("notLoadBalancer"),
  NO_IP_ALLOCATED("noIPAllocated"),
  INVALID_IP("invalidIP"),
  IP_NOT_ALLOWED("ipNotAllowed"),
  LOAD_BALANCER_IP_CHANGED("loadBalancerIPChanged"),
  NOT_OWNER("notOwner"),
  NO_MATCHING_ADVERTISEMENT("noMatchingAdvertisement"),
  SHARED_IP_WITH_SERVICE_SELECTOR("sharedIPWithServiceSelector"),
  /** Ours: NDP is not built yet. The original announces IPv6. */
  IPV6_NOT_ANNOUNCED("ipv6NotAnnounced");

  private final String word;

  Withdrawal(String word) {
    this.word = word;
  }

  @Override
  public String toString() {
    return word;
  }
}
