package dev.ballast.concurrency;

import java.lang.System.Logger.Level;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Starts all OS threads of this library. The kernel gives a new thread the namespaces, directory,
 * umask and priority of the one that starts it, so that one must never run tasks.
 */
final class TemplateThread {
  private static final LinkedBlockingQueue<Runnable> STARTS = new LinkedBlockingQueue<>();
  private static final Thread THREAD;
  private static volatile int tid;

  static {
    CleanWorkers.useForCommonPool();
    THREAD = new Thread(TemplateThread::loop, "ballast-template");
    THREAD.setDaemon(true);
    THREAD.start();
  }

  private TemplateThread() {}

  static void start(Runnable start) {
    STARTS.add(start);
  }

  /** The kernel's number, once the thread runs; 0 where there is no {@code /proc}. */
  static int tid() {
    if (tid == 0) {
      CountDownLatch ran = new CountDownLatch(1);
      start(ran::countDown);
      try {
        ran.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return tid;
  }

  static boolean isCurrent() {
    return Thread.currentThread().equals(THREAD);
  }

  private static void loop() {
    tid = Kernel.tid();
    warm();
    while (true) {
      try {
        STARTS.take().run();
      } catch (InterruptedException e) {
        // Nobody's to interrupt.
      } catch (RuntimeException | Error e) {
        System.getLogger(TemplateThread.class.getName())
            .log(Level.ERROR, "cannot start an OS thread", e);
      }
    }
  }

  /** Lets the JDK start here what it would start in the first task that sleeps or computes. */
  private static void warm() {
    if (JdkInternals.isPresent()) {
      Executor here = Runnable::run;
      int timers =
          Math.max(Integer.highestOneBit(Runtime.getRuntime().availableProcessors() / 4), 1);
      for (int i = 0; i < 2 * timers; i++) {
        JdkInternals.get().create(here, "warm", () -> LockSupport.parkNanos(1)).start();
      }
    }
    ForkJoinPool.commonPool().execute(() -> {});
    try {
      // Its virtual threads wait for the sockets of the whole process: they are nobody's task.
      Class.forName("sun.nio.ch.Poller", true, null);
    } catch (ClassNotFoundException e) {
      // This JDK has another way.
    }
  }
}
