package dev.ballast.loadbalancer.bgp.message;

import java.util.Arrays;
import java.util.Optional;

/** The errors that a NOTIFICATION names: code and subcode. */
public enum Fault {
  NOT_SYNCHRONIZED(1, 1, "the header's marker is wrong"),
  BAD_LENGTH(1, 2, "the message's length is wrong"),
  BAD_TYPE(1, 3, "the message's type is unknown"),
  UNSUPPORTED_VERSION(2, 1, "the BGP version is not 4"),
  BAD_PEER_AS(2, 2, "the peer's AS number is not the configured one"),
  BAD_IDENTIFIER(2, 3, "the peer's BGP identifier is 0 or our own"),
  UNSUPPORTED_PARAMETER(2, 4, "an optional parameter of the OPEN is unknown"),
  UNACCEPTABLE_HOLD_TIME(2, 6, "the hold time is 1 or 2 seconds"),
  UNSUPPORTED_CAPABILITY(2, 7, "no address family in common"),
  MALFORMED_OPEN(2, 0, "the OPEN is malformed"),
  MALFORMED_ATTRIBUTES(3, 1, "the lengths in the UPDATE do not fit"),
  OPTIONAL_ATTRIBUTE(3, 9, "an optional attribute is malformed"),
  INVALID_NETWORK(3, 10, "a prefix in the UPDATE is malformed"),
  HOLD_TIMER_EXPIRED(4, 0, "nothing was received during the hold time"),
  UNEXPECTED_IN_OPEN_SENT(5, 1, "an unexpected message in state OpenSent"),
  UNEXPECTED_IN_OPEN_CONFIRM(5, 2, "an unexpected message in state OpenConfirm"),
  UNEXPECTED_IN_ESTABLISHED(5, 3, "an unexpected message in state Established"),
  ADMINISTRATIVE_SHUTDOWN(6, 2, "administrative shutdown"),
  PEER_DECONFIGURED(6, 3, "the peer was removed from the configuration"),
  ADMINISTRATIVE_RESET(6, 4, "administrative reset"),
  CONNECTION_REJECTED(6, 5, "the connection was rejected"),
  CONFIGURATION_CHANGE(6, 6, "the configuration changed"),
  COLLISION(6, 7, "another connection of this peer was kept"),
  OUT_OF_RESOURCES(6, 8, "out of resources"),
  HARD_RESET(6, 9, "hard reset"),
  BFD_DOWN(6, 10, "BFD reports that the peer is down"),
  ROUTE_REFRESH_LENGTH(7, 1, "the ROUTE-REFRESH's length is wrong"),
  SEND_HOLD_TIMER_EXPIRED(8, 0, "the peer accepted no data during the send hold time");

  private final int code;
  private final int subcode;
  private final String text;

  Fault(int code, int subcode, String text) {
    this.code = code;
    this.subcode = subcode;
    this.text = text;
  }

  public int code() {
    return code;
  }

  public int subcode() {
    return subcode;
  }

  /** Returns what it means, for a person. */
  public String text() {
    return text;
  }

  /** Returns the fault with a code and subcode; empty for those that only others send. */
  static Optional<Fault> of(int code, int subcode) {
    return Arrays.stream(values())
        .filter(fault -> fault.code == code && fault.subcode == subcode)
        .findFirst();
  }
}
