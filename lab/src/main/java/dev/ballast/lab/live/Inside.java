package dev.ballast.lab.live;

import dev.ballast.linux.namespace.Namespace;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;

/**
 * Runs bodies inside a network namespace, each on an OS thread that ends with it, so that no thread
 * with a strange network is left to anyone.
 *
 * @param threads gives platform threads
 */
record Inside(ThreadFactory threads) {

  /** Runs a body in a network and waits for it. */
  <T> T call(Namespace network, Callable<T> body) {
    return fresh(() -> {
      network.enter();
      return body.call();
    });
  }

  /** Runs a body on a thread that may change what it likes about itself, and waits for it. */
  <T> T fresh(Callable<T> body) {
    FutureTask<T> task = new FutureTask<>(body);
    Thread thread = threads.newThread(task);
    thread.setName("namespace-call");
    thread.start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          // What the body makes must be known to have been made.
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException problem) {
        throw problem;
      }
      throw new LabFailure("work in the rack failed: " + e.getCause(), "see the cause (-v)", e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
