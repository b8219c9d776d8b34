package dev.ballast.bootstrap.data;

/** The null of YAML and JSON, where it is written out. */
public enum Null {
  NULL;

  @Override
  public String toString() {
    return "null";
  }
}
