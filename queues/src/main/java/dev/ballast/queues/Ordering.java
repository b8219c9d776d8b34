package dev.ballast.queues;

/** The order in which elements leave a queue. */
public enum Ordering {
  /** Elements leave in the one order in which their offers took effect (linearizable FIFO). */
  FIFO,

  /** The owner takes its youngest element, everybody else the oldest. */
  OWNER_LIFO,

  /**
   * The owner takes the one element that was made the next, then the oldest; everybody else the
   * oldest, and the next one last.
   */
  NEXT_THEN_FIFO
}
