package dev.ballast.loadbalancer.bgp.transport;

import dev.ballast.loadbalancer.address.Address;
import java.util.Optional;

/**
 * How a connection to a peer is opened and guarded.
 *
 * @param source the local address, if one is wanted
 * @param key the password of TCP-MD5, if there is one
 * @param hops how many hops away the peer may be, 1 for a neighbour; 0 for no check (RFC 5082)
 */
public record Route(
    Target target, int port, Optional<Address> source, Optional<String> key, int hops) {
  /** The TTL that packets leave with: a peer that checks it demands this one. */
  static final int TIME_TO_LIVE = 255;

  /** Returns the smallest TTL that packets may arrive with; 0 for any. */
  int smallestTimeToLive() {
    return hops == 0 ? 0 : TIME_TO_LIVE + 1 - hops;
  }

  @Override
  public String toString() {
    // Without the key.
    return target + ":" + port + source.map(from -> " from " + from).orElse("");
  }
}
