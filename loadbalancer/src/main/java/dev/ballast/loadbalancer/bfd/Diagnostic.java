package dev.ballast.loadbalancer.bfd;

/** Why a session went down (RFC 5880 section 4.1), in the order of the numbers. */
public enum Diagnostic {
  NONE("no diagnostic"),
  DETECTION_TIME_EXPIRED("control detection time expired"),
  ECHO_FAILED("echo function failed"),
  NEIGHBOR_SIGNALED_DOWN("neighbor signaled session down"),
  FORWARDING_PLANE_RESET("forwarding plane reset"),
  PATH_DOWN("path down"),
  CONCATENATED_PATH_DOWN("concatenated path down"),
  ADMINISTRATIVELY_DOWN("administratively down"),
  REVERSE_CONCATENATED_PATH_DOWN("reverse concatenated path down");

  private final String text;

  Diagnostic(String text) {
    this.text = text;
  }

  static Diagnostic of(int number) {
    return number < values().length ? values()[number] : NONE;
  }

  @Override
  public String toString() {
    return text;
  }
}
