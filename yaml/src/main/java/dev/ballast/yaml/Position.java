package dev.ballast.yaml;

/** A place in a text; both count from 1. */
public record Position(int line, int column) {
  /** The place of a node that no text has. */
  public static final Position NONE = new Position(0, 0);

  @Override
  public String toString() {
    return line + ":" + column;
  }
}
