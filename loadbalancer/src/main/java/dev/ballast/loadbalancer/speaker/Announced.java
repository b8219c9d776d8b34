package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Responder;
import java.util.Map;
import java.util.Set;

/**
 * The addresses that this speaker answers for, each with the interfaces on which it does; no
 * interfaces means all.
 */
record Announced(Map<Address, Set<String>> addresses) implements Responder.Announced {
  static final Announced NOTHING = new Announced(Map.of());

  Announced {
    addresses = Map.copyOf(addresses);
  }

  @Override
  public boolean has(Address address) {
    return addresses.containsKey(address);
  }

  @Override
  public boolean on(Address address, String link) {
    Set<String> links = addresses.get(address);
    return links != null && (links.isEmpty() || links.contains(link));
  }
}
