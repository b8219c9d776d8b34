package dev.ballast.loadbalancer.bgp.session;

import dev.ballast.loadbalancer.bgp.message.Message;

/** What happens to a session. */
public sealed interface Event {
  /** The operator starts it. */
  record Start() implements Event {}

  /** The operator, or the configuration, ends it with a Cease. */
  record Stop(Message.Notification cease) implements Event {}

  /** The outgoing connection is open. */
  record Dialed() implements Event {}

  /** It could not be opened. */
  record DialFailed(String reason) implements Event {}

  /** The peer opened a connection, which waits to be adopted or refused. */
  record Accepted() implements Event {}

  /** A connection was closed by the peer, or broke. */
  record Lost(Side side, String reason) implements Event {}

  /** A message arrived. */
  record Received(Side side, Message message) implements Event {}

  /** Bytes arrived that are no message; the peer gets this. */
  record Malformed(Side side, Message.Notification notification) implements Event {}

  /** A timer ran out. */
  record Expired(Timer timer) implements Event {}

  /** The peer took no byte during the send hold time (RFC 9687). */
  record SendStalled(Side side) implements Event {}

  /** BFD says that the peer is gone. */
  record BfdDown() implements Event {}
}
