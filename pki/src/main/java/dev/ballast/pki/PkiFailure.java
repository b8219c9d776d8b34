package dev.ballast.pki;

/** Key material or a file of it that cannot be used, with what a person can do about it. */
public final class PkiFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String problem;
  private final String remedy;

  /**
   * @param problem what is wrong, and with which file
   * @param remedy what to do about it
   */
  public PkiFailure(String problem, String remedy) {
    super(problem + "; " + remedy);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** As {@link #PkiFailure(String, String)}, keeping the cause for the trace. */
  public PkiFailure(String problem, String remedy, Throwable cause) {
    super(problem + "; " + remedy, cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** What is wrong, and with which file. */
  public String problem() {
    return problem;
  }

  /** What to do about it. */
  public String remedy() {
    return remedy;
  }
}
