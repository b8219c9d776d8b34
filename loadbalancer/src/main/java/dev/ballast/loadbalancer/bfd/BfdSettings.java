package dev.ballast.loadbalancer.bfd;

import java.time.Duration;

/**
 * How a BFD session is held.
 *
 * @param transmit how often we want to send, once the session is up
 * @param receive how often we can receive
 * @param multiplier how many packets in a row may be missing
 * @param passive waits for the peer's first packet
 * @param smallestTimeToLive of what arrives over several hops; 255 for a neighbour on the link
 */
public record BfdSettings(
    Duration transmit,
    Duration receive,
    int multiplier,
    boolean passive,
    boolean multihop,
    int smallestTimeToLive) {
  /** MetalLB's defaults for a neighbour on the link. */
  public static final BfdSettings DEFAULT =
      new BfdSettings(Duration.ofMillis(300), Duration.ofMillis(300), 3, false, false, 255);

  public BfdSettings {
    if (multiplier < 1 || multiplier > 255 || transmit.isNegative() || receive.isNegative()) {
      throw new IllegalArgumentException(
          "transmit=" + transmit + " receive=" + receive + " multiplier=" + multiplier);
    }
  }
}
