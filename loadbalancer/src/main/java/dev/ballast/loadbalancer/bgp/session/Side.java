package dev.ballast.loadbalancer.bgp.session;

/** Which end opened a connection. A session has at most one of each until one is chosen. */
public enum Side {
  OUTGOING,
  INCOMING;

  Side other() {
    return this == OUTGOING ? INCOMING : OUTGOING;
  }
}
