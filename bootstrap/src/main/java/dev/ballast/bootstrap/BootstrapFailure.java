package dev.ballast.bootstrap;

/** Something about the machine or the cluster that a person must put right. */
public final class BootstrapFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String problem;
  private final String remedy;

  /**
   * @param problem what failed, on what
   * @param remedy what to do about it
   */
  public BootstrapFailure(String problem, String remedy) {
    super(problem + "; " + remedy);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** As {@link #BootstrapFailure(String, String)}, keeping the cause for the trace. */
  public BootstrapFailure(String problem, String remedy, Throwable cause) {
    super(problem + "; " + remedy, cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** Returns what failed, on what. */
  public String problem() {
    return problem;
  }

  /** Returns what to do about it. */
  public String remedy() {
    return remedy;
  }
}
