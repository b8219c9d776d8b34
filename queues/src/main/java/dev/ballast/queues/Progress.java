package dev.ballast.queues;

/** What a thread that stops anywhere inside a queue can do to the threads that go on. */
public enum Progress {
  /** Every call ends after a bounded number of its own steps, whatever the others do. */
  WAIT_FREE,

  /** Some call always ends after a bounded number of steps: a stopped thread stops nobody else. */
  LOCK_FREE,

  /** A thread that stops between two of its steps can stop all others until it goes on. */
  BLOCKING
}
