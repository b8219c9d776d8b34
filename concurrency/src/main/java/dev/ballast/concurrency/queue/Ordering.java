package dev.ballast.concurrency.queue;

/** The order in which elements leave a queue. */
public enum Ordering {
  /** Elements leave in the one order in which their offers took effect (linearizable FIFO). */
  FIFO,

  /** The owner takes its youngest element, everybody else the oldest. */
  OWNER_LIFO
}
