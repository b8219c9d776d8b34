package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Election;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How many addresses each speaker has, while owners are found for the rest in a fixed order. */
final class Shares {
  private final Map<Address, String> owners;
  private final Map<String, Integer> counts = new HashMap<>();
  private final int even;

  /**
   * Begins.
   *
   * @param owners who has what
   * @param addresses how many there are in all
   * @param speakers among how many they are shared
   */
  Shares(Map<Address, String> owners, int addresses, int speakers) {
    this.owners = new HashMap<>(owners);
    owners.values().forEach(owner -> counts.merge(owner, 1, Integer::sum));
    even = speakers == 0 ? addresses : (addresses + speakers - 1) / speakers;
  }

  Election.Holding holding(Address address, Set<String> incumbents) {
    return new Election.Holding(
        incumbents,
        Optional.ofNullable(owners.get(address)),
        node -> Math.max(0, counts.getOrDefault(node, 0) + 1 - even));
  }

  void give(Address address, String owner) {
    if (owners.putIfAbsent(address, owner) == null) {
      counts.merge(owner, 1, Integer::sum);
    }
  }
}
