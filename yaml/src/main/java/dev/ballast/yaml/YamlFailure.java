package dev.ballast.yaml;

import java.util.Optional;

/** A text that is not YAML, is over a limit, or does not hold what should be edited. */
public final class YamlFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String problem;
  private final int line;
  private final int column;

  YamlFailure(String source, Optional<Position> position, String problem) {
    super(source + position.map(at -> ":" + at).orElse("") + ": " + problem);
    this.problem = problem;
    this.line = position.map(Position::line).orElse(0);
    this.column = position.map(Position::column).orElse(0);
  }

  /** The fault, without the source and the position. */
  public String problem() {
    return problem;
  }

  /** The line that the fault is at, from 1; 0 when there is none. */
  public int line() {
    return line;
  }

  /** The column that the fault is at, from 1; 0 when there is none. */
  public int column() {
    return column;
  }
}
