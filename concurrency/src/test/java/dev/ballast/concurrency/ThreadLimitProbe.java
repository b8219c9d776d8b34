package dev.ballast.concurrency;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What {@link ThreadLimitIT} runs under a limit on processes: it uses up all threads, has tasks
 * pinned, locked, suspended and in loops, and gives the threads back.
 */
final class ThreadLimitProbe {
  private static final Duration SOON = Duration.ofSeconds(40);

  private ThreadLimitProbe() {}

  /** Prints what happened, in lines; the last is {@code all went on}. */
  public static void main(String[] arguments) throws Exception {
    try (Scheduler scheduler = Scheduler.start("limited", 2)) {
      require(scheduler.go(() -> {}).join(SOON), "a task runs before");
      AtomicBoolean giveBack = new AtomicBoolean();
      List<Thread> hogs = useUp(giveBack);
      System.out.println("hogs=" + hogs.size());

      // Both carriers are taken, and there is no third one.
      AtomicInteger inside = new AtomicInteger();
      ReentrantLock lock = new ReentrantLock();
      lock.lock();
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        tasks.add(
            scheduler.go(() ->
                Foreign.upcall(() -> {
                  inside.incrementAndGet();
                  lock.lock();
                  lock.unlock();
                })));
      }
      AtomicBoolean stop = new AtomicBoolean();
      for (int i = 0; i < 4; i++) {
        tasks.add(
            scheduler.go(() -> {
              while (!stop.get()) {
                Thread.onSpinWait();
              }
            }));
      }
      await("callers learn of it", () -> scheduler.shortage().isPresent());
      System.out.println(scheduler.shortage().orElseThrow());
      System.out.println(scheduler.statistics());
      try (Suspension _ = tasks.getLast().suspend(SOON)) {
        require(scheduler.shortage().isPresent(), "it is still told");
      }
      giveBack.set(true);
      for (Thread hog : hogs) {
        hog.join();
      }
      Task locked = scheduler.go(Task::lockOSThread);
      require(locked.join(SOON), "a new task ran and took its OS thread with it");
      await("nothing is missing", () -> scheduler.shortage().isEmpty());
      await("all that pin are inside", () -> inside.get() == 6);
      stop.set(true);
      lock.unlock();
      for (Task task : tasks) {
        require(task.join(SOON), task + " ended");
      }
    }
    System.out.println("all went on");
  }

  private static List<Thread> useUp(AtomicBoolean giveBack) throws InterruptedException {
    List<Thread> hogs = new ArrayList<>();
    while (true) {
      CountDownLatch runs = new CountDownLatch(1);
      Thread hog =
          new Thread(() -> {
            runs.countDown();
            while (!giveBack.get()) {
              try {
                Thread.sleep(5);
              } catch (InterruptedException e) {
                return;
              }
            }
          });
      try {
        hog.start();
      } catch (OutOfMemoryError e) {
        return hogs;
      }
      hogs.add(hog);
      runs.await();
    }
  }

  private static void await(String what, java.util.function.BooleanSupplier condition)
      throws InterruptedException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (!condition.getAsBoolean()) {
      require(System.nanoTime() - deadline < 0, what);
      Thread.sleep(5);
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      System.out.println("failed: " + what);
      System.exit(1);
    }
  }
}
