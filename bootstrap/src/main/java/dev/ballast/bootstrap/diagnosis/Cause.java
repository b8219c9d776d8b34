package dev.ballast.bootstrap.diagnosis;

/**
 * Why something does not come up.
 *
 * @param problem what was found, and where
 * @param fix what to do about it
 */
public record Cause(Kind kind, String problem, String fix) {
  /** What there is. */
  public enum Kind {
    KUBELET_ENDED,
    CONFIGURATION,
    SWAP,
    CGROUP_DRIVER,
    IMAGE,
    RUNTIME,
    PORT,
    CERTIFICATE,
    BACK_OFF
  }

  public String text() {
    return problem + "\n  try: " + fix;
  }
}
