package dev.ballast.images.run;

import dev.ballast.concurrency.OsThread;
import dev.ballast.concurrency.Scheduler;
import dev.ballast.linux.thread.CurrentThread;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Runs bodies that change their OS thread for good, each on one that ends with it. */
public record Sandbox(Scheduler scheduler) {

  /** Runs a body on an OS thread of its own and waits for it. */
  public <T> T run(String name, Callable<T> body) throws IOException {
    FutureTask<T> task = new FutureTask<>(body);
    try (OsThread thread = scheduler.openOsThread(name)) {
      thread.taint("a build step entered namespaces of its own");
      var unused = thread.go(name, () -> CurrentThread.allowingVirtual(task));
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw io;
        case RuntimeException runtime -> throw runtime;
        case null, default -> throw new IOException("a build step failed: " + e.getCause(), e);
      }
    }
  }

  /** Runs a body that blocks in the kernel on an OS thread of its own. */
  void beside(String name, Runnable body) {
    OsThread thread = scheduler.openOsThread(name);
    var unused = thread.go(name, body);
    thread.close();
  }
}
