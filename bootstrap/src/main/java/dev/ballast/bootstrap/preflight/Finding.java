package dev.ballast.bootstrap.preflight;

/**
 * Something that a check found.
 *
 * @param check its name, as kubeadm calls it
 * @param fatal whether it ends the command
 * @param problem what is wrong
 * @param fix what to do about it; may be empty
 */
public record Finding(String check, boolean fatal, String problem, String fix) {

  static Finding error(String check, String problem, String fix) {
    return new Finding(check, true, problem, fix);
  }

  static Finding warning(String check, String problem, String fix) {
    return new Finding(check, false, problem, fix);
  }

  /** Returns the line of it. */
  public String text() {
    return "\t["
        + (fatal ? "ERROR " : "WARNING ")
        + check
        + "]: "
        + problem
        + (fix.isEmpty() ? "" : "\n\t\ttry: " + fix);
  }
}
