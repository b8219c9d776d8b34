package dev.ballast.loadbalancer.bgp.transport;

import dev.ballast.loadbalancer.address.Address;

/** Where a peer is. */
public sealed interface Target {
  /** At this address. */
  record At(Address address) implements Target {
    @Override
    public String toString() {
      return address.toString();
    }
  }

  /** Behind this interface, where its router advertisements tell its link-local address. */
  record Behind(String link) implements Target {
    @Override
    public String toString() {
      return link;
    }
  }
}
