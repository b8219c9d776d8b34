package dev.ballast.concurrency;

/** What a scheduler may or may not be able to do, by its mode and by how the JVM was started. */
public enum Capability {
  /** {@link Task#lockOSThread} and {@link OsThread#go} with many tasks on one OS thread. */
  LOCK_OS_THREAD("lock a task to its OS thread"),

  /**
   * OS threads that a library or the JDK starts inside a task that is locked to its OS thread, or
   * on an {@link OsThread}, are born clean.
   */
  CLEAN_STARTS("start clean OS threads from a locked task"),

  /** Suspension of a task wherever it parks, blocks or waits in a queue. */
  SUSPEND_ANYWHERE("suspend a parked or queued task"),

  /** Suspension of a task that runs without checkpoints. */
  SUSPEND_RUNNING("suspend a task that runs without checkpoints"),

  /** {@link Frame#references} and {@link Frame#monitors} of a suspended task. */
  ROOTS("tell what a suspended task's frames hold"),

  /** Virtual threads that libraries start inside a task become tasks. */
  ADOPT_CHILDREN("adopt virtual threads that libraries start");

  private final String purpose;

  Capability(String purpose) {
    this.purpose = purpose;
  }

  /** {@return what it allows, as in "cannot ..."} */
  public String purpose() {
    return purpose;
  }
}
