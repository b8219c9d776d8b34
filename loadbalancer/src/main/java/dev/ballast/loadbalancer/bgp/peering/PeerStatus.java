package dev.ballast.loadbalancer.bgp.peering;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.bgp.session.Negotiated;
import dev.ballast.loadbalancer.bgp.transport.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a session is, as of its last change.
 *
 * @param state RFC 4271's name of the state
 * @param negotiated present while it is established
 * @param nextHops for each family that can be announced, where packets go
 * @param problem why the last session or attempt ended; empty for never
 * @param announced how many routes the peer has
 * @param pending how many changes of routes wait to be sent
 */
public record PeerStatus(
    String state,
    Optional<Negotiated> negotiated,
    Map<Family, List<Address>> nextHops,
    Optional<Connection.Ends> ends,
    String problem,
    int announced,
    int pending) {
  static final PeerStatus NEW =
      new PeerStatus("Idle", Optional.empty(), Map.of(), Optional.empty(), "", 0, 0);

  /** Returns whether routes are exchanged. */
  public boolean established() {
    return negotiated.isPresent();
  }
}
