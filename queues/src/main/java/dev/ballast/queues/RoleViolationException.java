package dev.ballast.queues;

/** Says that two threads played a role in a queue that is for one, and which. */
public final class RoleViolationException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  RoleViolationException(String role, Thread first, Thread second) {
    super(
        "two threads as the single "
            + role
            + ": first="
            + first
            + " second="
            + second
            + "; build the queue with "
            + role
            + "s(MANY), or call handOver() between them");
  }
}
