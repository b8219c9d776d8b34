package dev.ballast.images.dockerfile;

/** A Dockerfile that cannot be built, with the line that says why. */
public final class DockerfileException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int line;

  /** Of a line, counted from 1; 0 when no line is to blame. */
  public DockerfileException(int line, String message) {
    super(message);
    this.line = line;
  }

  /** Returns the line, counted from 1, or 0. */
  public int line() {
    return line;
  }

  static DockerfileException parse(int line, String message) {
    return new DockerfileException(line, "dockerfile parse error on line " + line + ": " + message);
  }
}
