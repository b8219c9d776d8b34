package dev.ballast.loadbalancer.bgp.session;

/** A timer of a session. Setting one that runs starts it over. */
public sealed interface Timer {
  /** Until the next attempt to connect. */
  record Retry() implements Timer {}

  /** Until a silent peer counts as gone. */
  record Hold(Side side) implements Timer {}

  /** Until the next KEEPALIVE. */
  record Keepalive(Side side) implements Timer {}
}
