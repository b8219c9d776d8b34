package dev.ballast.objects;

/**
 * Something in a manifest that a person should mend.
 *
 * @param severity whether the object could still be read
 * @param origin where; line and column are those of the field
 * @param path the field, for example {@code spec.addresses[1]}; empty for the whole document
 * @param message what was found and what was expected
 * @param remedy what to do, or what was done meanwhile
 */
public record Problem(
    Severity severity, Origin origin, String path, String message, String remedy) {
  /** How bad it is. */
  public enum Severity {
    /** The object is used; the field is not. */
    WARNING,
    /** The object is not used. */
    ERROR
  }

  /** The same of a file, unless it names one. */
  Problem in(String file) {
    return origin.file().isEmpty()
        ? new Problem(severity, new Origin(file, 0, 0), path, message, remedy)
        : this;
  }

  /** {@code pools.yaml:7:5: spec.addresses[1]: …; remedy}. */
  @Override
  public String toString() {
    return origin
        + ": "
        + (path.isEmpty() ? "" : path + ": ")
        + message
        + (remedy.isEmpty() ? "" : "; " + remedy);
  }
}
