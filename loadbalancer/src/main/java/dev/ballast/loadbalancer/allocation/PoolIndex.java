package dev.ballast.loadbalancer.allocation;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.AddressRange;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Finds the pool that an address is of, among pools that do not overlap. */
public final class PoolIndex {
  private final TreeMap<Address, Entry> byFirst = new TreeMap<>();

  private record Entry(AddressRange range, Pool pool) {}

  public PoolIndex(Collection<Pool> pools) {
    for (Pool pool : pools) {
      for (AddressRange range : pool.ranges()) {
        byFirst.put(range.first(), new Entry(range, pool));
      }
    }
  }

  /** The one pool that all of these addresses are of and may be used of. */
  public Optional<Pool> poolOf(List<Address> addresses) {
    Optional<Pool> all = Optional.empty();
    for (Address address : addresses) {
      Optional<Pool> pool = poolOf(address);
      if (pool.isEmpty() || (all.isPresent() && !all.equals(pool))) {
        return Optional.empty();
      }
      all = pool;
    }
    return all;
  }

  private Optional<Pool> poolOf(Address address) {
    Map.Entry<Address, Entry> below = byFirst.floorEntry(address);
    return Optional.ofNullable(below)
        .map(Map.Entry::getValue)
        .filter(entry -> entry.range().contains(address) && entry.pool().usable(address))
        .map(Entry::pool);
  }
}
