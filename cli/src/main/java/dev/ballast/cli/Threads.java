package dev.ballast.cli;

import dev.ballast.concurrency.Scheduler;
import dev.ballast.concurrency.Task;
import dev.ballast.linux.thread.CurrentThread;
import java.util.concurrent.ThreadFactory;

/**
 * Where every thread of this process comes from: one scheduler, started when it is first needed.
 * Only shutdown hooks are threads of another kind, because the JVM takes no virtual ones.
 */
public final class Threads {
  /** For what waits for sockets, files and each other. */
  public static final ThreadFactory TASKS =
      body -> Started.SCHEDULER.threadFactory().newThread(body);

  /**
   * For what enters a namespace or waits inside a foreign call: each task has an OS thread to
   * itself, which ends with it.
   */
  public static final ThreadFactory WIRED =
      body ->
          TASKS.newThread(() -> {
            Task.lockOSThread();
            CurrentThread.allowingVirtual(body);
          });

  private Threads() {}

  /** Holds the scheduler, so that commands which need none start none. */
  private static final class Started {
    static final Scheduler SCHEDULER = start();

    /** With few tasks, each can afford to say where it was made. */
    private static Scheduler start() {
      Scheduler scheduler = Scheduler.start("ballast", Runtime.getRuntime().availableProcessors());
      if (System.getProperty(Scheduler.ANCESTORS) == null) {
        scheduler.traceAncestors(1);
      }
      return scheduler;
    }
  }

  /** The scheduler of this process. */
  public static Scheduler scheduler() {
    return Started.SCHEDULER;
  }
}
