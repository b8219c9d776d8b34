package dev.ballast.loadbalancer.bgp.session;

import dev.ballast.loadbalancer.bgp.message.AddressFamily;
import dev.ballast.loadbalancer.bgp.message.Message;
import java.time.Duration;

/** What the driver of a session has to do, in order. */
public sealed interface Action {
  /** Opens the outgoing connection. */
  record Dial() implements Action {}

  /** Gives up opening it. */
  record CancelDial() implements Action {}

  /** Makes the waiting connection the incoming one. */
  record Adopt() implements Action {}

  /** Closes the waiting connection after a NOTIFICATION. */
  record Refuse(Message.Notification notification) implements Action {}

  /** Sends a message. */
  record Send(Side side, Message message) implements Action {}

  /** Closes a connection once what was sent is on its way. */
  record Close(Side side) implements Action {}

  /** Starts a timer; those with jitter run 75 to 100 % of it (RFC 4271 section 10). */
  record SetTimer(Timer timer, Duration after, boolean jitter) implements Action {}

  /** Stops a timer. */
  record CancelTimer(Timer timer) implements Action {}

  /** The session is established: all routes are to be sent. */
  record Up(Side side, Negotiated negotiated) implements Action {}

  /** The session is no longer established. */
  record Down(String reason) implements Action {}

  /** The attempt failed, for the log and for {@code explain}. */
  record Failed(String reason) implements Action {}

  /** The peer sent routes. */
  record Deliver(Message.Update update) implements Action {}

  /** The peer wants all routes of a family again. */
  record Resend(AddressFamily family) implements Action {}
}
