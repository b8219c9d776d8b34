package dev.ballast.loadbalancer.bgp.message;

import java.util.Comparator;

/** A large community (RFC 8092): three numbers of 32 bits. */
public record LargeCommunity(long administrator, long first, long second)
    implements Comparable<LargeCommunity> {
  private static final long LARGEST = 0xffff_ffffL;
  private static final Comparator<LargeCommunity> ORDER =
      Comparator.comparingLong(LargeCommunity::administrator)
          .thenComparingLong(LargeCommunity::first)
          .thenComparingLong(LargeCommunity::second);

  public LargeCommunity {
    require(administrator);
    require(first);
    require(second);
  }

  private static void require(long part) {
    if (part < 0 || part > LARGEST) {
      throw new IllegalArgumentException("part=" + part + " has more than 32 bits");
    }
  }

  @Override
  public int compareTo(LargeCommunity other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return administrator + ":" + first + ":" + second;
  }
}
