package dev.ballast.certificates.rollout;

import java.util.List;

/** How a change ended. */
public sealed interface Outcome {
  /** Every file was already as planned. */
  record Unchanged() implements Outcome {}

  /**
   * The files are new, and nothing serves the old ones.
   *
   * @param backup what {@code certs restore} takes back
   * @param restarted the pods that had to be restarted
   */
  record Done(String backup, List<String> restarted) implements Outcome {}

  /**
   * A pod was not well with the new files; the old ones stand again.
   *
   * @param wellAgain whether everything that was well before is well again
   */
  record RolledBack(String problem, String remedy, boolean wellAgain) implements Outcome {}

  /** The new files stand, but something is not well; going back would not have made it better. */
  record NotWell(String backup, String problem, String remedy) implements Outcome {}
}
