package dev.ballast.loadbalancer.bgp.message;

/**
 * What both ends agreed on that changes the encoding of UPDATEs.
 *
 * @param fourOctetAs AS numbers in AS_PATH have four octets
 * @param ipv6NextHops IPv4 routes may have IPv6 next hops
 */
public record Wire(boolean fourOctetAs, boolean ipv6NextHops) {
  /** Before OPENs were exchanged. */
  public static final Wire INITIAL = new Wire(false, false);
}
