package dev.ballast.certificates;

/** Something about the cluster's certificates that a person must put right. */
public final class CertificatesFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String problem;
  private final String remedy;

  /**
   * @param problem what is wrong, on which file
   * @param remedy what to do about it
   */
  public CertificatesFailure(String problem, String remedy) {
    super(problem + "; " + remedy);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** As {@link #CertificatesFailure(String, String)}, keeping the cause for the trace. */
  public CertificatesFailure(String problem, String remedy, Throwable cause) {
    super(problem + "; " + remedy, cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** What is wrong, on which file. */
  public String problem() {
    return problem;
  }

  /** What to do about it. */
  public String remedy() {
    return remedy;
  }
}
