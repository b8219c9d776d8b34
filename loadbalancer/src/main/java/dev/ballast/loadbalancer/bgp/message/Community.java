package dev.ballast.loadbalancer.bgp.message;

/** A community (RFC 1997): an AS number and a value, 16 bits each. */
public record Community(int bits) implements Comparable<Community> {
  /** Tells receivers to prefer other paths, since this one is about to go (RFC 8326). */
  public static final Community GRACEFUL_SHUTDOWN = of(65535, 0);

  /** Returns the community {@code as:value}. */
  public static Community of(int as, int value) {
    if (as < 0 || as > 0xffff || value < 0 || value > 0xffff) {
      throw new IllegalArgumentException("community=" + as + ":" + value);
    }
    return new Community(as << 16 | value);
  }

  @Override
  public int compareTo(Community other) {
    return Integer.compareUnsigned(bits, other.bits);
  }

  @Override
  public String toString() {
    return (bits >>> 16) + ":" + (bits & 0xffff);
  }
}
