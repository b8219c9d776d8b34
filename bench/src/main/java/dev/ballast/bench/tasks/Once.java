package dev.ballast.bench.tasks;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import dev.ballast.concurrency.Options;
import dev.ballast.concurrency.Scheduler;
import dev.ballast.concurrency.Task;
import dev.ballast.concurrency.TaskStack;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;

/** What counts the first time that a process does it; each in a process of its own. */
enum Once {
  STACKS_1000("stacks-1000", Side.BALLAST, Side.JDK, Side.GO) {
    @Override
    void measure(Side side, Figures figures) throws Exception {
      stacks(side, 1_000, figures);
    }
  },
  STACKS_10000("stacks-10000", Side.BALLAST, Side.JDK, Side.GO) {
    @Override
    void measure(Side side, Figures figures) throws Exception {
      stacks(side, 10_000, figures);
    }
  },
  LOOPS_20("loops-20", Side.BALLAST, Side.GO) {
    @Override
    void measure(Side side, Figures figures) throws Exception {
      behindLoops(20, figures);
    }
  },
  LOOPS_60("loops-60", Side.BALLAST, Side.GO) {
    @Override
    void measure(Side side, Figures figures) throws Exception {
      behindLoops(60, figures);
    }
  },
  FIRST_STOP("first-stop", Side.BALLAST) {
    @Override
    void measure(Side side, Figures figures) throws Exception {
      firstStop(Options.named(NAME), "first suspension of a loop", figures);
    }
  },
  FIRST_STOP_PREPARED("first-stop-prepared", Side.BALLAST) {
    @Override
    void measure(Side side, Figures figures) throws Exception {
      firstStop(
          Options.named(NAME).withStopsPrepared(), "first suspension of a loop, prepared", figures);
    }
  };

  private static final String NAME = "bench";
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int DEPTH = 10;
  private static final int WARM_RUNS = 10;

  private final String title;
  private final Set<Side> sides;

  Once(String title, Side first, Side... others) {
    this.title = title;
    this.sides = EnumSet.of(first, others);
  }

  String title() {
    return title;
  }

  Set<Side> sides() {
    return sides;
  }

  /** Adds what it found. */
  abstract void measure(Side side, Figures figures) throws Exception;

  /** All stacks until every frame is known and the tasks run again. */
  private interface Dump {
    void take() throws Exception;
  }

  private static void stacks(Side side, int tasks, Figures figures) throws Exception {
    if (side == Side.BALLAST) {
      try (Scheduler scheduler = Scheduler.start(NAME, 1)) {
        dump(
            scheduler.threadFactory(),
            tasks,
            () -> {
              List<TaskStack> all = scheduler.stacks(LIMIT);
              if (all.size() != tasks || all.getLast().depth() < DEPTH) {
                throw new IllegalStateException("%d stacks".formatted(all.size()));
              }
            },
            figures);
      }
      return;
    }
    HotSpotDiagnosticMXBean jdk =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    Path directory = Files.createTempDirectory("blt-bench-stacks");
    Path file = directory.resolve("dump");
    try {
      dump(
          Thread.ofVirtual().factory(),
          tasks,
          () -> {
            Files.deleteIfExists(file);
            jdk.dumpThreads(file.toString(), ThreadDumpFormat.TEXT_PLAIN);
          },
          figures);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(directory);
    }
  }

  private static void dump(ThreadFactory factory, int tasks, Dump dump, Figures figures)
      throws Exception {
    CountDownLatch begun = new CountDownLatch(tasks);
    CountDownLatch over = new CountDownLatch(1);
    Thread[] threads = new Thread[tasks];
    for (int i = 0; i < tasks; i++) {
      threads[i] =
          factory.newThread(() -> {
            begun.countDown();
            waitBelow(DEPTH, over);
          });
      threads[i].start();
    }
    begun.await();
    for (Thread thread : threads) {
      while (thread.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
    }
    String name = "stacks of %,d tasks".formatted(tasks);
    long asked = System.nanoTime();
    dump.take();
    figures.add(name + ", first", System.nanoTime() - asked);
    Latencies warm = new Latencies(WARM_RUNS);
    for (int i = 0; i < 2 * WARM_RUNS; i++) {
      long again = System.nanoTime();
      dump.take();
      if (i >= WARM_RUNS) {
        warm.add(System.nanoTime() - again);
      }
    }
    figures.add(name + ", warm", warm.percentile(50));
    over.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static int waitBelow(int depth, CountDownLatch over) {
    if (depth == 0) {
      try {
        over.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return 0;
    }
    return 1 + waitBelow(depth - 1, over);
  }

  private static void behindLoops(int loops, Figures figures) throws InterruptedException {
    Stop stop = new Stop();
    try (Scheduler scheduler = Scheduler.start(NAME, 1)) {
      for (int i = 0; i < loops; i++) {
        Task unused = scheduler.go(() -> loop(stop));
      }
      long asked = System.nanoTime();
      CountDownLatch runs = new CountDownLatch(1);
      Task unused = scheduler.go(runs::countDown);
      runs.await();
      figures.add("a new task behind %d loops".formatted(loops), System.nanoTime() - asked);
      // When all loops have OS threads, another one has only the machine to wait for.
      long again = System.nanoTime();
      CountDownLatch runsToo = new CountDownLatch(1);
      Task other = scheduler.go(runsToo::countDown);
      runsToo.await();
      figures.add("another one behind %d loops".formatted(loops), System.nanoTime() - again);
      other.join();
      stop.asked = true;
    }
  }

  private static void firstStop(Options options, String name, Figures figures) throws Exception {
    Stop stop = new Stop();
    try (Scheduler scheduler = Scheduler.start(options.withParallelism(1))) {
      Task task = scheduler.go(() -> loop(stop));
      while (!stop.runs) {
        LockSupport.parkNanos(1_000_000);
      }
      long asked = System.nanoTime();
      task.suspend(LIMIT).close();
      figures.add(name, System.nanoTime() - asked);
      stop.asked = true;
    }
  }

  private static final class Stop {
    volatile boolean asked;
    volatile boolean runs;
  }

  private static void loop(Stop stop) {
    stop.runs = true;
    while (!stop.asked) {
      Thread.onSpinWait();
    }
  }
}
