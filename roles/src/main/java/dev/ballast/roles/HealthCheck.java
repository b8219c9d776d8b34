package dev.ballast.roles;

/**
 * One thing that is well or not, with the reason.
 *
 * @param name short and stable: {@code objects-read}
 * @param scope what follows when it is not well
 * @param well whether it is
 * @param reason a sentence for a person, in both cases
 */
public record HealthCheck(String name, Scope scope, boolean well, String reason) {

  /** What an unwell check means. */
  public enum Scope {
    /** The process should be restarted: {@code /healthz} fails. */
    LIVE,
    /** No work should be sent here for now: {@code /readyz} fails. */
    READY
  }

  /** A check that is well. */
  public static HealthCheck well(String name, Scope scope, String reason) {
    return new HealthCheck(name, scope, true, reason);
  }

  /** A check that is not well. */
  public static HealthCheck unwell(String name, Scope scope, String reason) {
    return new HealthCheck(name, scope, false, reason);
  }
}
