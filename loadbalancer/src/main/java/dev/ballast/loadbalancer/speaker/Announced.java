package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Responder;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The addresses that this speaker answers for, each with the interfaces on which it does; no
 * interfaces means all.
 *
 * @param watched further addresses, about which it must be known who else has them
 */
record Announced(Map<Address, Set<String>> addresses, Set<Address> watched)
    implements Responder.Announced {
  static final Announced NOTHING = new Announced(Map.of(), Set.of());

  Announced {
    addresses = Map.copyOf(addresses);
    watched = Set.copyOf(watched);
  }

  @Override
  public boolean has(Address address) {
    return addresses.containsKey(address);
  }

  @Override
  public boolean watched(Address address) {
    return addresses.containsKey(address) || watched.contains(address);
  }

  /** All addresses about which packets must be received. */
  Set<Address> concerned() {
    Set<Address> all = new HashSet<>(addresses.keySet());
    all.addAll(watched);
    return all;
  }

  @Override
  public boolean on(Address address, String link) {
    Set<String> links = addresses.get(address);
    return links != null && (links.isEmpty() || links.contains(link));
  }
}
