package dev.ballast.queues;

/** How many threads play a role at the same time. */
public enum Threads {
  /** At most one at a time; handing the role over needs a happens-before of its own. */
  ONE,

  /** Any number. */
  MANY
}
