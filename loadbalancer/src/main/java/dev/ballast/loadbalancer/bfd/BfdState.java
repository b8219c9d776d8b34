package dev.ballast.loadbalancer.bfd;

/** The states of a BFD session (RFC 5880 section 4.1), in the order of their numbers. */
public enum BfdState {
  ADMIN_DOWN("AdminDown"),
  DOWN("Down"),
  INIT("Init"),
  UP("Up");

  private final String text;

  BfdState(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
