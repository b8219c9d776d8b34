package dev.ballast.images.build;

/** A build that ended without an image; the message is for the user. */
public final class BuildFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a message that says what failed, on what, and what to do. */
  public BuildFailure(String message) {
    super(message);
  }

  BuildFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
