package dev.ballast.cli.up;

/** What {@code up} claims does not hold, or could not be brought about. */
final class UpFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UpFailure(String problem, String remedy) {
    super(problem + "; " + remedy);
  }
}
