package dev.ballast.concurrency;

import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The OS threads that a scheduler wants and that could not be started yet. */
final class StartFailures {
  private final String scheduler;

  // Guarded by this.
  private int missing;
  private String problem = "";
  private long since;

  StartFailures(String scheduler) {
    this.scheduler = scheduler;
  }

  /** One start failed for the first time; it is tried again. */
  synchronized void failed(Throwable why) {
    problem = String.valueOf(why.getMessage());
    if (missing++ == 0) {
      since = System.nanoTime();
      say(Level.WARNING, shortage().orElseThrow());
    }
  }

  /** One that had failed runs, or is wanted no more. */
  synchronized void over() {
    if (--missing == 0) {
      long lasted = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
      say(
          Level.INFO,
          "scheduler %s has all its OS threads again, after %d ms".formatted(scheduler, lasted));
    }
  }

  /** What is missing and why; empty if nothing is. */
  synchronized Optional<String> shortage() {
    return missing == 0
        ? Optional.empty()
        : Optional.of(
            ("scheduler %s cannot start %d of its OS threads and tries again: %s; raise the limit"
                    + " (ulimit -u, or pids.max of the control group) or end other threads")
                .formatted(scheduler, missing, problem));
  }

  /** Elsewhere: a suspended task may have the lock of what a log is written to. */
  private static void say(Level level, String text) {
    try {
      TemplateThread.runElsewhere(
          () -> System.getLogger(StartFailures.class.getName()).log(level, text));
    } catch (OutOfMemoryError e) {
      // There is no thread to say it from; who asks the scheduler is told.
    }
  }
}
