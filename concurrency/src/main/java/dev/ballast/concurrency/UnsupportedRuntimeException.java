package dev.ballast.concurrency;

/** This JVM cannot do what was asked; the message says which option or version can. */
public final class UnsupportedRuntimeException extends UnsupportedOperationException {
  private final String remedy;

  UnsupportedRuntimeException(String problem, String remedy) {
    super(problem + "; " + remedy);
    this.remedy = remedy;
  }

  /** What to do about it. */
  public String remedy() {
    return remedy;
  }
}
