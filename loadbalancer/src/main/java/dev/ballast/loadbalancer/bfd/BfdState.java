package dev.ballast.loadbalancer.bfd;

/** The states of a BFD session (RFC 5880 section 4.1). */
public enum BfdState {
  ADMIN_DOWN(0, "AdminDown"),
  DOWN(1, "Down"),
  INIT(2, "Init"),
  UP(3, "Up");

  private final int number;
  private final String text;

  BfdState(int number, String text) {
    this.number = number;
    this.text = text;
  }

  int number() {
    return number;
  }

  /** Returns the state with a number of two bits. */
  static BfdState of(int number) {
    for (BfdState state : values()) {
      if (state.number == number) {
        return state;
      }
    }
    throw new IllegalArgumentException("number=" + number + " has more than two bits");
  }

  @Override
  public String toString() {
    return text;
  }
}
