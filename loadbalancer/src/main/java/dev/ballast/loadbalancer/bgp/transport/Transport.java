package dev.ballast.loadbalancer.bgp.transport;

/** Opens connections to peers. */
public interface Transport {
  /** Learns what becomes of an attempt: one of both, once, never within {@link #dial}. */
  interface Dialer {
    void opened(Connection connection);

    void failed(String reason);
  }

  /** An attempt that is under way. */
  interface Attempt {
    /** Gives it up; the dialer is not called any more. */
    void cancel();
  }

  /** Begins to open a connection. */
  Attempt dial(Route route, Dialer dialer);
}
