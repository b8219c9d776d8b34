package dev.ballast.lab.live;

/** A rack could not be made, or something in it did not do what it has to. */
public final class LabFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String remedy;

  public LabFailure(String problem, String remedy) {
    super(problem + "; " + remedy);
    this.remedy = remedy;
  }

  public LabFailure(String problem, String remedy, Throwable cause) {
    super(problem + "; " + remedy, cause);
    this.remedy = remedy;
  }

  /** What a person can do. */
  public String remedy() {
    return remedy;
  }
}
