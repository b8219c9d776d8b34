package dev.ballast.loadbalancer.bgp.session;

import dev.ballast.loadbalancer.bgp.message.AddressFamily;
import dev.ballast.loadbalancer.bgp.message.Fault;
import dev.ballast.loadbalancer.bgp.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The transition function of one session. Immutable; any thread may use it. */
public final class Session {
  private final Terms terms;

  /** What follows an event: the next state, and what to do on the way. */
  public record Step(State state, List<Action> actions) {
    public Step {
      actions = List.copyOf(actions);
    }
  }

  public Session(Terms terms) {
    this.terms = terms;
  }

  /** Returns what follows. */
  public Step next(State state, Event event) {
    return switch (state) {
      case State.Idle idle -> whenIdle(idle, event);
      case State.Trying trying -> whenTrying(trying, event);
      case State.Established established -> whenEstablished(established, event);
    };
  }

  private Step whenIdle(State.Idle idle, Event event) {
    return switch (event) {
      case Event.Start _ -> start();
      case Event.Accepted _ -> refuse(idle, Fault.CONNECTION_REJECTED);
      case Event.Dialed _ -> new Step(idle, List.of(new Action.Close(Side.OUTGOING)));
      case Event.Stop _,
          Event.DialFailed _,
          Event.Lost _,
          Event.Received _,
          Event.Malformed _,
          Event.Expired _,
          Event.SendStalled _,
          Event.BfdDown _ ->
          new Step(idle, List.of());
    };
  }

  private Step start() {
    return terms.passive()
        ? new Step(new State.Trying(0, false, Map.of()), List.of())
        : new Step(new State.Trying(0, true, Map.of()), List.of(new Action.Dial()));
  }

  private static Step refuse(State state, Fault fault) {
    return new Step(state, List.of(new Action.Refuse(Message.Notification.of(fault))));
  }

  private Step whenTrying(State.Trying trying, Event event) {
    return switch (event) {
      case Event.Start _, Event.BfdDown _ -> new Step(trying, List.of());
      case Event.Stop(var cease) -> stop(trying, cease);
      case Event.Dialed _ ->
          opened(
              new State.Trying(trying.failures(), false, trying.handshakes()),
              Side.OUTGOING,
              new ArrayList<>());
      case Event.DialFailed(String reason) ->
          failed(
              new State.Trying(trying.failures(), false, trying.handshakes()),
              reason,
              new ArrayList<>());
      case Event.Accepted _ -> {
        List<Action> actions = new ArrayList<>();
        if (trying.handshakes().containsKey(Side.INCOMING)) {
          // The peer has given up the former one, or it would not open another.
          close(actions, Side.INCOMING);
        }
        actions.add(new Action.Adopt());
        yield opened(trying.without(Side.INCOMING), Side.INCOMING, actions);
      }
      case Event.Lost(Side side, String reason) -> lost(trying, side, reason);
      case Event.Malformed(Side side, var notification) -> end(trying, side, notification);
      case Event.SendStalled(Side side) ->
          end(trying, side, Message.Notification.of(Fault.SEND_HOLD_TIMER_EXPIRED));
      case Event.Expired(Timer timer) -> expired(trying, timer);
      case Event.Received(Side side, Message message) -> {
        State.Handshake handshake = trying.handshakes().get(side);
        yield switch (handshake) {
          case null -> new Step(trying, List.of());
          case State.Handshake.OpenSent _ -> whenOpenSent(trying, side, message);
          case State.Handshake.OpenConfirm(Negotiated negotiated) ->
              whenOpenConfirm(trying, side, negotiated, message);
        };
      }
    };
  }

  private Step opened(State.Trying trying, Side side, List<Action> actions) {
    actions.add(new Action.CancelTimer(new Timer.Retry()));
    actions.add(new Action.Send(side, terms.open()));
    actions.add(new Action.SetTimer(new Timer.Hold(side), Terms.OPEN_LIMIT, false));
    return new Step(trying.with(side, new State.Handshake.OpenSent()), actions);
  }

  private Step expired(State.Trying trying, Timer timer) {
    return switch (timer) {
      case Timer.Retry _ -> {
        boolean idle = trying.handshakes().isEmpty() && !trying.dialing() && !terms.passive();
        yield idle
            ? new Step(
                new State.Trying(trying.failures(), true, Map.of()), List.of(new Action.Dial()))
            : new Step(trying, List.of());
      }
      case Timer.Hold(Side side) ->
          end(trying, side, Message.Notification.of(Fault.HOLD_TIMER_EXPIRED));
      case Timer.Keepalive(Side side) ->
          trying.handshakes().get(side)
                  instanceof State.Handshake.OpenConfirm(Negotiated negotiated)
              ? new Step(trying, keepalive(side, negotiated))
              : new Step(trying, List.of());
    };
  }

  private static List<Action> keepalive(Side side, Negotiated negotiated) {
    return List.of(
        new Action.Send(side, new Message.Keepalive()),
        new Action.SetTimer(new Timer.Keepalive(side), negotiated.keepalive(), true));
  }

  private Step whenOpenSent(State.Trying trying, Side side, Message message) {
    return switch (message) {
      case Message.Open open -> openReceived(trying, side, open);
      case Message.Notification notification -> peerEnds(trying, side, notification);
      case Message.Update _, Message.Keepalive _, Message.RouteRefresh _ ->
          end(trying, side, Message.Notification.of(Fault.UNEXPECTED_IN_OPEN_SENT));
    };
  }

  private Step openReceived(State.Trying trying, Side side, Message.Open open) {
    Optional<Message.Notification> refusal = refusal(open);
    if (refusal.isPresent()) {
      return end(trying, side, refusal.get());
    }
    Negotiated negotiated = Negotiated.of(terms, open);
    List<Action> actions = new ArrayList<>();
    State.Trying next = trying;
    if (trying.handshakes().get(side.other()) instanceof State.Handshake.OpenConfirm) {
      Side loser = winner(open).other();
      actions.add(new Action.Send(loser, Message.Notification.of(Fault.COLLISION)));
      close(actions, loser);
      next = trying.without(loser);
      if (loser == side) {
        return new Step(next, actions);
      }
    }
    actions.add(new Action.Send(side, new Message.Keepalive()));
    if (negotiated.holdTime().isZero()) {
      actions.add(new Action.CancelTimer(new Timer.Hold(side)));
    } else {
      actions.add(new Action.SetTimer(new Timer.Hold(side), negotiated.holdTime(), false));
      actions.add(new Action.SetTimer(new Timer.Keepalive(side), negotiated.keepalive(), true));
    }
    return new Step(next.with(side, new State.Handshake.OpenConfirm(negotiated)), actions);
  }

  private Optional<Message.Notification> refusal(Message.Open open) {
    if (!terms.peerAs().accepts(open.as(), terms.localAs())) {
      return Optional.of(Message.Notification.of(Fault.BAD_PEER_AS));
    }
    boolean internal = open.as() == terms.localAs();
    if (open.identifier() == 0 || (internal && open.identifier() == terms.identifier())) {
      return Optional.of(Message.Notification.of(Fault.BAD_IDENTIFIER));
    }
    if (Negotiated.of(terms, open).families().isEmpty()) {
      return Optional.of(Message.Notification.of(Fault.UNSUPPORTED_CAPABILITY));
    }
    return Optional.empty();
  }

  /** The connection that the speaker with the higher identifier opened (RFC 4271, RFC 6286). */
  private Side winner(Message.Open peer) {
    int order = Integer.compareUnsigned(terms.identifier(), peer.identifier());
    if (order == 0) {
      order = Long.compare(terms.localAs(), peer.as());
    }
    return order > 0 ? Side.OUTGOING : Side.INCOMING;
  }

  private Step whenOpenConfirm(
      State.Trying trying, Side side, Negotiated negotiated, Message message) {
    return switch (message) {
      case Message.Keepalive _ -> established(trying, side, negotiated);
      case Message.Notification notification -> peerEnds(trying, side, notification);
      case Message.Open _, Message.Update _, Message.RouteRefresh _ ->
          end(trying, side, Message.Notification.of(Fault.UNEXPECTED_IN_OPEN_CONFIRM));
    };
  }

  private Step established(State.Trying trying, Side side, Negotiated negotiated) {
    List<Action> actions = new ArrayList<>();
    if (trying.dialing()) {
      actions.add(new Action.CancelDial());
    }
    if (trying.handshakes().containsKey(side.other())) {
      actions.add(new Action.Send(side.other(), Message.Notification.of(Fault.COLLISION)));
      close(actions, side.other());
    }
    actions.add(new Action.CancelTimer(new Timer.Retry()));
    heard(actions, side, negotiated);
    actions.add(new Action.Up(side, negotiated));
    return new Step(new State.Established(side, negotiated), actions);
  }

  private static void heard(List<Action> actions, Side side, Negotiated negotiated) {
    if (!negotiated.holdTime().isZero()) {
      actions.add(new Action.SetTimer(new Timer.Hold(side), negotiated.holdTime(), false));
    }
  }

  private Step whenEstablished(State.Established established, Event event) {
    Side side = established.side();
    return switch (event) {
      case Event.Start _ -> new Step(established, List.of());
      // RFC 4271 section 6.8: the established one is kept. A peer that lost it will see it expire.
      case Event.Accepted _ -> refuse(established, Fault.COLLISION);
      case Event.Dialed _ -> new Step(established, List.of(new Action.Close(Side.OUTGOING)));
      case Event.DialFailed _ -> new Step(established, List.of());
      case Event.Stop(var cease) -> {
        List<Action> actions = new ArrayList<>();
        actions.add(new Action.Send(side, cease));
        close(actions, side);
        actions.add(new Action.Down(cease.text()));
        yield new Step(new State.Idle(), actions);
      }
      case Event.Lost(Side which, String reason) ->
          which == side ? down(established, reason) : new Step(established, List.of());
      case Event.Malformed(Side which, var notification) ->
          which == side ? down(established, notification) : new Step(established, List.of());
      case Event.SendStalled(Side which) ->
          which == side
              ? down(established, Message.Notification.of(Fault.SEND_HOLD_TIMER_EXPIRED))
              : new Step(established, List.of());
      case Event.BfdDown _ -> down(established, Message.Notification.of(Fault.BFD_DOWN));
      case Event.Expired(Timer timer) -> expired(established, timer);
      case Event.Received(Side which, Message message) ->
          which == side ? received(established, message) : new Step(established, List.of());
    };
  }

  private Step expired(State.Established established, Timer timer) {
    return switch (timer) {
      case Timer.Retry _ -> new Step(established, List.of());
      case Timer.Hold(Side side) ->
          side == established.side()
              ? down(established, Message.Notification.of(Fault.HOLD_TIMER_EXPIRED))
              : new Step(established, List.of());
      case Timer.Keepalive(Side side) ->
          side == established.side()
              ? new Step(established, keepalive(side, established.negotiated()))
              : new Step(established, List.of());
    };
  }

  private Step received(State.Established established, Message message) {
    List<Action> actions = new ArrayList<>();
    heard(actions, established.side(), established.negotiated());
    return switch (message) {
      case Message.Keepalive _ -> new Step(established, actions);
      case Message.Update update -> {
        actions.add(new Action.Deliver(update));
        yield new Step(established, actions);
      }
      case Message.RouteRefresh(AddressFamily family, int subtype) -> {
        // A family that was not agreed on, and other subtypes, are ignored (RFC 2918, RFC 7313).
        if (subtype == 0 && established.negotiated().families().contains(family)) {
          actions.add(new Action.Resend(family));
        }
        yield new Step(established, actions);
      }
      case Message.Notification notification ->
          down(established, "the peer ended the session: " + notification.text());
      case Message.Open _ ->
          down(established, Message.Notification.of(Fault.UNEXPECTED_IN_ESTABLISHED));
    };
  }

  private Step down(State.Established established, Message.Notification notification) {
    List<Action> actions = new ArrayList<>();
    actions.add(new Action.Send(established.side(), notification));
    return down(established, notification.text(), actions);
  }

  private Step down(State.Established established, String reason) {
    return down(established, reason, new ArrayList<>());
  }

  private Step down(State.Established established, String reason, List<Action> actions) {
    close(actions, established.side());
    actions.add(new Action.Down(reason));
    return retry(new State.Trying(0, false, Map.of()), actions);
  }

  private Step stop(State.Trying trying, Message.Notification cease) {
    List<Action> actions = new ArrayList<>();
    if (trying.dialing()) {
      actions.add(new Action.CancelDial());
    }
    for (Side side : Side.values()) {
      if (trying.handshakes().containsKey(side)) {
        actions.add(new Action.Send(side, cease));
        close(actions, side);
      }
    }
    actions.add(new Action.CancelTimer(new Timer.Retry()));
    return new Step(new State.Idle(), actions);
  }

  /** We end a handshake with a NOTIFICATION. */
  private Step end(State.Trying trying, Side side, Message.Notification notification) {
    if (!trying.handshakes().containsKey(side)) {
      return new Step(trying, List.of());
    }
    List<Action> actions = new ArrayList<>();
    actions.add(new Action.Send(side, notification));
    close(actions, side);
    return failed(trying.without(side), notification.text(), actions);
  }

  private Step peerEnds(State.Trying trying, Side side, Message.Notification notification) {
    return lost(trying, side, "the peer refused: " + notification.text());
  }

  private Step lost(State.Trying trying, Side side, String reason) {
    if (!trying.handshakes().containsKey(side)) {
      return new Step(trying, List.of());
    }
    List<Action> actions = new ArrayList<>();
    close(actions, side);
    return failed(trying.without(side), reason, actions);
  }

  private Step failed(State.Trying trying, String reason, List<Action> actions) {
    actions.add(new Action.Failed(reason));
    return retry(trying, actions);
  }

  /** Waits for the next attempt, unless another connection is still under way. */
  private Step retry(State.Trying trying, List<Action> actions) {
    if (!trying.handshakes().isEmpty() || trying.dialing()) {
      return new Step(trying, actions);
    }
    if (!terms.passive()) {
      actions.add(
          new Action.SetTimer(new Timer.Retry(), terms.retryAfter(trying.failures()), true));
    }
    return new Step(new State.Trying(trying.failures() + 1, false, Map.of()), actions);
  }

  private static void close(List<Action> actions, Side side) {
    actions.add(new Action.CancelTimer(new Timer.Hold(side)));
    actions.add(new Action.CancelTimer(new Timer.Keepalive(side)));
    actions.add(new Action.Close(side));
  }
}
