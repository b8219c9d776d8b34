package dev.ballast.loadbalancer.bgp.peering;

import dev.ballast.loadbalancer.bfd.BfdPort;
import dev.ballast.loadbalancer.bfd.BfdSettings;

/** Watches peers by BFD. Called on the loop's thread of the sessions. */
public interface Bfd {
  /** Nobody is watched. */
  Bfd NONE = (_, _, _, _) -> () -> {};

  /** A watch that can be given up. */
  interface Watch {
    void close();
  }

  /**
   * Begins to watch a peer.
   *
   * @param gone called, by another thread, each time that a peer that was there is gone
   */
  Watch watch(String peer, BfdSettings settings, BfdPort.Ends ends, Runnable gone);
}
