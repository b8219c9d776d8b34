package dev.ballast.loadbalancer.bgp.message;

import dev.ballast.loadbalancer.address.Address;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The attributes that all routes of one UPDATE share (RFC 4271 section 5).
 *
 * @param asPath the AS_SEQUENCE, nearest first; empty for routes of the own AS
 * @param nextHop where packets go: one address, or a global and a link-local IPv6 address
 * @param localPref present in UPDATEs to peers of the own AS
 * @param communities sorted
 * @param largeCommunities sorted
 */
public record PathAttributes(
    Origin origin,
    List<Long> asPath,
    List<Address> nextHop,
    OptionalLong med,
    OptionalLong localPref,
    List<Community> communities,
    List<LargeCommunity> largeCommunities) {

  /** How the route came into BGP. */
  public enum Origin {
    IGP(0),
    EGP(1),
    INCOMPLETE(2);

    private final int code;

    Origin(int code) {
      this.code = code;
    }

    byte code() {
      return (byte) code;
    }

    static Optional<Origin> of(int code) {
      return Arrays.stream(values()).filter(origin -> origin.code == code).findFirst();
    }
  }

  public PathAttributes {
    asPath = List.copyOf(asPath);
    nextHop = List.copyOf(nextHop);
    communities = communities.stream().distinct().sorted().toList();
    largeCommunities = largeCommunities.stream().distinct().sorted().toList();
  }
}
