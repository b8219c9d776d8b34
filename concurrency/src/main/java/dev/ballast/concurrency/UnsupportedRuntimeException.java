package dev.ballast.concurrency;

/** This JVM cannot do what was asked; the message says which option or version can. */
public final class UnsupportedRuntimeException extends UnsupportedOperationException {
  /** An option, or a version. */
  private final String remedy;

  UnsupportedRuntimeException(String problem, String remedy) {
    super(problem + "; " + remedy);
    this.remedy = remedy;
  }

  /** {@return what to do about it} */
  public String remedy() {
    return remedy;
  }
}
