package dev.ballast.loadbalancer.bgp.peering;

import dev.ballast.loadbalancer.bgp.message.Message;

/** Hears of what happens to sessions, on the loop's thread; must not block. */
public interface Observer {
  /** A session was established. */
  void up(String peer, PeerStatus status);

  /** An established session ended. */
  void down(String peer, String reason);

  /** The routes that a peer has, or the state of a session, have changed. */
  default void changed(String peer) {}

  /** A peer sent routes. */
  default void delivered(String peer, Message.Update update) {}
}
