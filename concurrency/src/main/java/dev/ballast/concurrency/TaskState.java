package dev.ballast.concurrency;

/** Where a task is; a suspension is counted beside it. */
public enum TaskState {
  /** Parked, asleep or blocked; also not yet started. */
  WAITING,
  /** Ready, in a run queue. */
  RUNNABLE,
  /** Ready, but held back by a suspension. */
  HELD,
  /** Mounted on an OS thread. */
  RUNNING,
  /** Ended. */
  DEAD
}
