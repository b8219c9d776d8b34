package dev.ballast.loadbalancer.bgp.session;

import java.util.EnumMap;
import java.util.Map;

/** Where a session is. */
public sealed interface State {
  /** Not started, or stopped by an operator. */
  record Idle() implements State {}

  /**
   * Between the start and the moment when one connection is established.
   *
   * @param failures attempts in a row that failed
   * @param dialing an outgoing connection is being opened
   * @param handshakes the connections that are there
   */
  record Trying(int failures, boolean dialing, Map<Side, Handshake> handshakes) implements State {
    public Trying {
      handshakes = Map.copyOf(handshakes);
    }

    Trying with(Side side, Handshake handshake) {
      EnumMap<Side, Handshake> next = new EnumMap<>(Side.class);
      next.putAll(handshakes);
      next.put(side, handshake);
      return new Trying(failures, dialing, next);
    }

    Trying without(Side side) {
      EnumMap<Side, Handshake> next = new EnumMap<>(Side.class);
      next.putAll(handshakes);
      next.remove(side);
      return new Trying(failures, dialing, next);
    }
  }

  /** Routes are exchanged. */
  record Established(Side side, Negotiated negotiated) implements State {}

  /** How far a connection is. */
  sealed interface Handshake {
    /** Our OPEN is sent. */
    record OpenSent() implements Handshake {}

    /** The peer's OPEN was accepted. */
    record OpenConfirm(Negotiated negotiated) implements Handshake {}
  }

  /** Returns the name that RFC 4271 gives the state; of two connections, the further one's. */
  default String rfcName() {
    return switch (this) {
      case Idle _ -> "Idle";
      case Established _ -> "Established";
      case Trying trying -> {
        if (trying.handshakes().values().stream()
            .anyMatch(Handshake.OpenConfirm.class::isInstance)) {
          yield "OpenConfirm";
        }
        yield !trying.handshakes().isEmpty() ? "OpenSent" : trying.dialing() ? "Connect" : "Active";
      }
    };
  }
}
