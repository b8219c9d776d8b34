package dev.ballast.loadbalancer.bgp.session;

/** The AS number that a peer must have. */
public sealed interface PeerAs {
  /** This one. */
  record Exactly(long as) implements PeerAs {}

  /** Our own, whatever it is ({@code dynamicASN: internal}). */
  record Internal() implements PeerAs {}

  /** Any other than ours ({@code dynamicASN: external}). */
  record External() implements PeerAs {}

  /** Returns whether a peer with this AS number is the one. */
  default boolean accepts(long as, long localAs) {
    return switch (this) {
      case Exactly(long expected) -> as == expected;
      case Internal _ -> as == localAs;
      case External _ -> as != localAs;
    };
  }
}
