package dev.ballast.certificates.staticpods;

/** A static pod that could not be read, stopped or brought back. */
public final class StaticPodFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String problem;
  private final String remedy;

  public StaticPodFailure(String problem, String remedy) {
    super(problem + "; " + remedy);
    this.problem = problem;
    this.remedy = remedy;
  }

  StaticPodFailure(String problem, String remedy, Throwable cause) {
    super(problem + "; " + remedy, cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  public String problem() {
    return problem;
  }

  public String remedy() {
    return remedy;
  }
}
