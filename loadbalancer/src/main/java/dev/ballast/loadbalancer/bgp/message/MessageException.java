package dev.ballast.loadbalancer.bgp.message;

/** A received message breaks the protocol so that the session must end with a NOTIFICATION. */
public final class MessageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Message.Notification notification;

  MessageException(Fault fault, byte... data) {
    super(fault.text());
    notification = Message.Notification.of(fault, data);
  }

  /** Returns the NOTIFICATION that the peer gets. */
  public Message.Notification notification() {
    return notification;
  }
}
