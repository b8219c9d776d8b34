package dev.ballast.loadbalancer.bgp.message;

/** The types of messages on the wire (RFC 4271 section 4.1, RFC 2918). */
final class MessageType {
  static final int OPEN = 1;
  static final int UPDATE = 2;
  static final int NOTIFICATION = 3;
  static final int KEEPALIVE = 4;
  static final int ROUTE_REFRESH = 5;

  private MessageType() {}
}
