package dev.ballast.loadbalancer.bgp.message;

import dev.ballast.loadbalancer.address.Family;

/** An address family and its subsequent identifier (RFC 4760 section 3); peers may know others. */
public record AddressFamily(int afi, int safi) {
  public static final AddressFamily IPV4_UNICAST = new AddressFamily(1, 1);
  public static final AddressFamily IPV6_UNICAST = new AddressFamily(2, 1);

  /** Returns the unicast family of addresses. */
  public static AddressFamily unicast(Family family) {
    return switch (family) {
      case IPV4 -> IPV4_UNICAST;
      case IPV6 -> IPV6_UNICAST;
    };
  }

  @Override
  public String toString() {
    return equals(IPV4_UNICAST) ? "ipv4" : equals(IPV6_UNICAST) ? "ipv6" : afi + "/" + safi;
  }
}
