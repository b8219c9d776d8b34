package dev.ballast.loadbalancer.bgp.transport;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A connection with a peer. */
public interface Connection {
  /** Gets what arrives. */
  interface Receiver {
    /** Bytes arrived; the array is used again. */
    void received(byte[] bytes, int count);

    /** The peer ended it, or it broke; nothing more comes. */
    void ended(String reason);

    /** All that was sent is with the kernel. */
    void drained();

    /** The peer took nothing for as long as it may. */
    void stalled();
  }

  /** Begins to receive. */
  void receive(Receiver receiver);

  /** Sends bytes behind those that are waiting. */
  void send(byte[] bytes);

  /** Returns how many bytes are waiting. */
  int unsent();

  /** Sets how long the peer may take nothing (RFC 9687). */
  void sendLimit(Duration limit);

  /**
   * Both ends.
   *
   * @param link the index of the interface of link-local addresses, else 0
   */
  record Ends(Address local, Address remote, int link) {}

  Ends ends();

  /** Returns, for each family of routes, the addresses of this end that can be next hops. */
  Map<Family, List<Address>> nextHops();

  /** Names the other end, for a person. */
  String remote();

  /** Closes it once what was sent is on its way; the receiver is not called any more. */
  void close();
}
