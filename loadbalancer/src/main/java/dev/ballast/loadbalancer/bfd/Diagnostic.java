package dev.ballast.loadbalancer.bfd;

/** Why a session went down (RFC 5880 section 4.1). */
public enum Diagnostic {
  NONE(0, "no diagnostic"),
  DETECTION_TIME_EXPIRED(1, "control detection time expired"),
  ECHO_FAILED(2, "echo function failed"),
  NEIGHBOR_SIGNALED_DOWN(3, "neighbor signaled session down"),
  FORWARDING_PLANE_RESET(4, "forwarding plane reset"),
  PATH_DOWN(5, "path down"),
  CONCATENATED_PATH_DOWN(6, "concatenated path down"),
  ADMINISTRATIVELY_DOWN(7, "administratively down"),
  REVERSE_CONCATENATED_PATH_DOWN(8, "reverse concatenated path down");

  private final int number;
  private final String text;

  Diagnostic(int number, String text) {
    this.number = number;
    this.text = text;
  }

  int number() {
    return number;
  }

  /** Returns the diagnostic with a number; those that are unknown say nothing. */
  static Diagnostic of(int number) {
    for (Diagnostic one : values()) {
      if (one.number == number) {
        return one;
      }
    }
    return NONE;
  }

  @Override
  public String toString() {
    return text;
  }
}
