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
   * @param restarted the pods that had to be restarted, and the kubelet
   * @param left commands that are left to a person
   */
  record Done(String backup, List<String> restarted, List<String> left) implements Outcome {
    public Done {
      restarted = List.copyOf(restarted);
      left = List.copyOf(left);
    }

    /** Nothing was restarted, as on the disk of another machine. */
    public Done(String backup) {
      this(backup, List.of(), List.of());
    }
  }

  /**
   * Every file was already as planned, but what runs had read older ones.
   *
   * @param restarted the pods that had to be restarted
   */
  record Refreshed(List<String> restarted) implements Outcome {
    public Refreshed {
      restarted = List.copyOf(restarted);
    }
  }

  /**
   * A pod was not well with the new files; the old ones stand again.
   *
   * @param wellAgain whether everything that was well before is well again
   */
  record RolledBack(String problem, String remedy, boolean wellAgain) implements Outcome {}

  /** The new files stand, but something is not well; going back would not have made it better. */
  record NotWell(String backup, String problem, String remedy) implements Outcome {}
}
