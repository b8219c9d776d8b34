package dev.ballast.loadbalancer.bgp.speaker;

import dev.ballast.loadbalancer.bgp.advertising.BgpStanding;
import dev.ballast.loadbalancer.bgp.peering.PeerStatus;
import java.util.Optional;

/** Hears what a speaker does; on its threads, must not block. */
public interface BgpReport {
  /** A service is announced, or to other peers than before. */
  void announced(BgpStanding.Announced standing, boolean first);

  /** A service that was announced is not any more. */
  void withdrawn(BgpStanding.Withheld standing);

  /**
   * A session changed.
   *
   * @param bfd the state of its BFD session, if it has one
   */
  void session(String peer, PeerStatus status, Optional<String> bfd);

  /** The peer is not configured on this node any more. */
  void gone(String peer);
}
