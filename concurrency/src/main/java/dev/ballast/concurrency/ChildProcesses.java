package dev.ballast.concurrency;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Starts child processes from an OS thread that lives as long as this process. The kernel counts
 * the thread that started a child as its parent: one with a parent-death signal (PR_SET_PDEATHSIG,
 * {@code setpriv --pdeathsig}) gets it when that thread ends, as a scheduler's OS threads do that
 * are not needed any more. That thread runs no task either, so that no child has the namespaces,
 * directory or umask that a task gave its own.
 */
public final class ChildProcesses {
  private static final LinkedBlockingQueue<Start> STARTS = new LinkedBlockingQueue<>();
  private static final StartFailures FAILURES = new StartFailures("of child processes");

  static {
    TemplateThread.startUntilItRuns(
        FAILURES,
        () -> true,
        () -> {
          Thread thread = new Thread(ChildProcesses::run, "ballast-children");
          thread.setDaemon(true);
          thread.start();
        });
  }

  private record Start(ProcessBuilder builder, CompletableFuture<Process> started) {}

  private ChildProcesses() {}

  /**
   * As {@link ProcessBuilder#start}, by the thread that stays. An interrupt of the caller does not
   * end it.
   *
   * @param builder the command; not to be changed before this returns
   * @return the child
   * @throws IOException what starting it threw
   */
  public static Process start(ProcessBuilder builder) throws IOException {
    CompletableFuture<Process> started = new CompletableFuture<>();
    STARTS.add(new Start(builder, started));
    try {
      return started.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case IOException own -> throw new IOException(own.getMessage(), own);
        case RuntimeException own -> throw own;
        case Error own -> throw own;
        case null, default -> throw e;
      }
    }
  }

  private static void run() {
    while (true) {
      try {
        Start start = STARTS.take();
        try {
          start.started().complete(start.builder().start());
        } catch (IOException | RuntimeException | Error e) {
          start.started().completeExceptionally(e);
        }
      } catch (InterruptedException e) {
        // Nobody's to interrupt.
      }
    }
  }
}
