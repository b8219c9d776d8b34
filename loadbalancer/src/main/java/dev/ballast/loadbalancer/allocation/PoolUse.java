package dev.ballast.loadbalancer.allocation;

import dev.ballast.loadbalancer.address.Family;
import java.math.BigInteger;

/**
 * How much of a pool is in use, as its status and the metrics show it. An address that services
 * share counts once.
 */
public record PoolUse(
    String pool, long assignedIpv4, long assignedIpv6, long availableIpv4, long availableIpv6) {
  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

  static PoolUse of(Pool pool, long assignedIpv4, long assignedIpv6) {
    return new PoolUse(
        pool.name(),
        assignedIpv4,
        assignedIpv6,
        available(pool.capacity(Family.IPV4), assignedIpv4),
        available(pool.capacity(Family.IPV6), assignedIpv6));
  }

  private static long available(BigInteger capacity, long assigned) {
    // A block of 2^62 addresses or more counts as endless, as in the original.
    return capacity.bitLength() > 62
        ? Long.MAX_VALUE
        : capacity.subtract(BigInteger.valueOf(assigned)).max(BigInteger.ZERO).longValueExact();
  }

  /** How many addresses a family has in all, at most {@link Long#MAX_VALUE}. */
  public static long total(Pool pool, Family family) {
    BigInteger capacity = pool.capacity(family);
    return capacity.bitLength() > 62 ? Long.MAX_VALUE : capacity.min(MOST).longValueExact();
  }
}
