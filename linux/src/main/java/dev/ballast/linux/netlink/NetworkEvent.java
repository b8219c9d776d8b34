package dev.ballast.linux.netlink;

import java.util.List;

/** What a {@link NetworkWatch} tells. */
public sealed interface NetworkEvent {
  /** Everything there is: forget what was known before. The first event, and after a loss. */
  record Resync(
      List<Link> links,
      List<InterfaceAddress> addresses,
      List<Route> routes,
      List<Neighbour> neighbours,
      Cause cause)
      implements NetworkEvent {
    public Resync {
      links = List.copyOf(links);
      addresses = List.copyOf(addresses);
      routes = List.copyOf(routes);
      neighbours = List.copyOf(neighbours);
    }
  }

  /** Why everything is told. */
  enum Cause {
    /** The watch begins. */
    START,
    /** The kernel had no room for an event, and dropped it. */
    OVERFLOW
  }

  /** A link is new or another than before. */
  record LinkChanged(Link link) implements NetworkEvent {}

  record LinkGone(Link link) implements NetworkEvent {}

  record AddressChanged(InterfaceAddress address) implements NetworkEvent {}

  record AddressGone(InterfaceAddress address) implements NetworkEvent {}

  record RouteChanged(Route route) implements NetworkEvent {}

  record RouteGone(Route route) implements NetworkEvent {}

  record NeighbourChanged(Neighbour neighbour) implements NetworkEvent {}

  record NeighbourGone(Neighbour neighbour) implements NetworkEvent {}
}
