package dev.ballast.certificates.report;

/**
 * One thing that was noticed.
 *
 * @param id a stable word for scripts, such as {@code expired}
 * @param text what it is, with the values that show it
 * @param remedy what to do about it
 */
public record Finding(Level level, String id, String text, String remedy) {
  /** How bad it is, worst last. */
  public enum Level {
    OK,
    /** Worth knowing; nothing need be done. */
    NOTE,
    /** Still works; something must be done before it does not. */
    WARNING,
    /** Expired, or of no use as it is. */
    BROKEN
  }

  static Finding note(String id, String text, String remedy) {
    return new Finding(Level.NOTE, id, text, remedy);
  }

  static Finding warning(String id, String text, String remedy) {
    return new Finding(Level.WARNING, id, text, remedy);
  }

  static Finding broken(String id, String text, String remedy) {
    return new Finding(Level.BROKEN, id, text, remedy);
  }
}
