package dev.ballast.loadbalancer.bgp.peering;

import dev.ballast.loadbalancer.bfd.BfdSettings;
import dev.ballast.loadbalancer.bgp.session.Terms;
import dev.ballast.loadbalancer.bgp.transport.Route;
import java.util.Optional;

/**
 * A peer as it is configured on one node. Two that are equal need no new session.
 *
 * @param name of the BGPPeer object
 * @param bfd present when the session shall end as soon as BFD says that the peer is gone
 */
public record PeerSettings(String name, Route route, Terms terms, Optional<BfdSettings> bfd) {
  /** Names it in metrics, as the original does. */
  public String label() {
    return route.target() + ":" + route.port();
  }
}
