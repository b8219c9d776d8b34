package dev.ballast.bench.tasks;

import dev.ballast.concurrency.Frame;
import dev.ballast.concurrency.Scheduler;
import dev.ballast.concurrency.Snapshot;
import dev.ballast.concurrency.Suspension;
import dev.ballast.concurrency.Task;
import dev.ballast.concurrency.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Suspends tasks, from a platform thread, and says how long that took. */
enum Holding {
  PARKED("suspend-parked") {
    @Override
    void measure(int tasks, long budget, Figures figures) throws Exception {
      try (Scheduler scheduler = Scheduler.start(NAME, 1)) {
        CountDownLatch begun = new CountDownLatch(tasks);
        Stop stop = new Stop();
        List<Task> parked =
            start(
                scheduler,
                tasks,
                () -> {
                  begun.countDown();
                  while (!stop.asked) {
                    LockSupport.park(stop);
                  }
                });
        begun.await();
        await(parked, TaskState.WAITING);
        holdAll(parked, TaskState.WAITING, budget, figures, "%,d parked".formatted(tasks));
        stop.asked = true;
        parked.forEach(task -> LockSupport.unpark(task.thread()));
      }
    }
  },
  QUEUED("suspend-queued") {
    @Override
    void measure(int tasks, long budget, Figures figures) throws Exception {
      try (Scheduler scheduler = Scheduler.start(NAME, 1)) {
        Stop stop = new Stop();
        // Most of the time it has the only carrier, and the others stand in line.
        Task unused = scheduler.go(() -> takeTurns(stop, TimeUnit.MILLISECONDS.toNanos(2)));
        List<Task> queued = start(scheduler, tasks, () -> takeTurns(stop, 0));
        holdAll(queued, TaskState.RUNNABLE, budget, figures, "%,d queued".formatted(tasks));
        stop.asked = true;
      }
    }
  },
  RUNNING("suspend-running") {
    @Override
    void measure(int tasks, long budget, Figures figures) throws Exception {
      try (Scheduler scheduler = Scheduler.start(NAME, 1)) {
        Stop stop = new Stop();
        List<Task> unused = start(scheduler, tasks, () -> checkpoints(stop));
        SplittableRandom random = new SplittableRandom(tasks);
        String name = String.format(Locale.ROOT, "one running of %,d", tasks);
        Latencies held = new Latencies(SAMPLES);
        Latencies released = new Latencies(SAMPLES);
        for (boolean warm : new boolean[] {false, true}) {
          long end = System.nanoTime() + (warm ? budget : budget / 4);
          while (System.nanoTime() < end && !held.full()) {
            spin(random.nextLong(20_000));
            Task task = stop.running;
            if (task == null || task.state() != TaskState.RUNNING) {
              continue;
            }
            long begun = System.nanoTime();
            Suspension suspension = task.suspend(LIMIT);
            long stopped = System.nanoTime();
            suspension.close();
            long resumed = System.nanoTime();
            if (warm) {
              held.add(stopped - begun);
              released.add(resumed - stopped);
            }
          }
        }
        figures.percentiles("suspend " + name, held);
        figures.percentiles("resume " + name, released);
        stop.asked = true;
      }
    }
  },
  LOOP("suspend-loop") {
    @Override
    void measure(int tasks, long budget, Figures figures) throws Exception {
      String name = "a loop without checkpoints";
      try (Scheduler scheduler = Scheduler.start(NAME, 1)) {
        Stop stop = new Stop();
        CountDownLatch begun = new CountDownLatch(1);
        Task task =
            scheduler.go(() -> {
              begun.countDown();
              while (!stop.asked) {
                stop.steps++;
              }
            });
        begun.await();
        Latencies held = new Latencies(SAMPLES);
        Latencies released = new Latencies(SAMPLES);
        try {
          long end = System.nanoTime() + 2 * budget;
          for (int i = 0; System.nanoTime() < end && !held.full(); i++) {
            long asked = System.nanoTime();
            Suspension suspension = task.suspend(LIMIT);
            long stopped = System.nanoTime();
            suspension.close();
            long resumed = System.nanoTime();
            // The first few also load and compile what they need.
            if (i >= WARM_UP) {
              held.add(stopped - asked);
              released.add(resumed - stopped);
            }
            long steps = stop.steps;
            while (stop.steps == steps) {
              Thread.onSpinWait();
            }
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(500));
          }
          figures.percentiles("suspend " + name, held);
          figures.percentiles("resume " + name, released);
        } catch (TimeoutException e) {
          figures.unavailable("suspend " + name + ", p99", String.valueOf(e.getMessage()));
        }
        stop.asked = true;
      }
    }
  },
  SNAPSHOT("snapshot") {
    @Override
    void measure(int tasks, long budget, Figures figures) throws Exception {
      try (Scheduler scheduler = Scheduler.start(NAME, 1)) {
        CountDownLatch begun = new CountDownLatch(tasks);
        Stop stop = new Stop();
        List<Task> parked =
            start(
                scheduler,
                tasks,
                () -> {
                  begun.countDown();
                  parkBelow(DEPTH, "depth", stop);
                });
        begun.await();
        await(parked, TaskState.WAITING);
        Latencies suspended = new Latencies(SAMPLES);
        Latencies paused = new Latencies(SAMPLES);
        long begin = System.nanoTime() + budget;
        long end = begin + 2 * budget;
        while (System.nanoTime() < end || paused.count() == 0) {
          long asked = System.nanoTime();
          try (Snapshot snapshot = scheduler.suspendAll(parked, LIMIT)) {
            long stopped = System.nanoTime();
            long references = 0;
            for (Suspension suspension : snapshot.suspensions()) {
              for (Frame frame : suspension.frames()) {
                references += frame.references().size();
              }
            }
            if (references < (long) tasks * DEPTH) {
              throw new IllegalStateException("only %d roots".formatted(references));
            }
            snapshot.close();
            if (asked > begin) {
              suspended.add(stopped - asked);
              paused.add(System.nanoTime() - asked);
            }
          }
        }
        figures.add(
            "snapshot of %,d tasks: suspend all".formatted(tasks), suspended.percentile(50));
        figures.add(
            "snapshot of %,d tasks with %d frames and roots, whole pause".formatted(tasks, DEPTH),
            paused.percentile(50));
        stop.asked = true;
        parked.forEach(task -> LockSupport.unpark(task.thread()));
      }
    }
  },
  CHECKPOINT("checkpoint") {
    @Override
    void measure(int tasks, long budget, Figures figures) throws Exception {
      try (Scheduler scheduler = Scheduler.start(NAME, 1)) {
        double plain = scheduler.submit(() -> iterate(false)).get();
        double checked = scheduler.submit(() -> iterate(true)).get();
        figures.add("an iteration of a loop", plain);
        figures.add("an iteration with a checkpoint", checked);
      }
    }
  };

  private static final String NAME = "bench";
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final int SAMPLES = 100_000;
  private static final int WARM_UP = 20;
  private static final int DEPTH = 10;
  private static final int ITERATIONS = 50_000_000;

  private final String title;

  Holding(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /** With how many tasks it is measured. */
  int[] sizes() {
    return switch (this) {
      case PARKED, QUEUED, RUNNING -> new int[] {1, 10, 100, 1_000, 10_000, 100_000};
      case LOOP, CHECKPOINT -> new int[] {1};
      case SNAPSHOT -> new int[] {1_000};
    };
  }

  /**
   * Adds what it found.
   *
   * @param budget how many nanoseconds to measure for
   */
  abstract void measure(int tasks, long budget, Figures figures) throws Exception;

  /** What the tasks of a measurement and its thread share. */
  private static final class Stop {
    volatile boolean asked;
    volatile @Nullable Task running;
    volatile long steps;
  }

  private static List<Task> start(Scheduler scheduler, int count, Runnable body) {
    List<Task> tasks = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      tasks.add(scheduler.go(body));
    }
    return tasks;
  }

  private static void await(List<Task> tasks, TaskState state) {
    for (Task task : tasks) {
      while (task.state() != state) {
        Thread.onSpinWait();
      }
    }
  }

  /** Suspends all, resumes all, and again; counts those that were in the state when asked. */
  private static void holdAll(
      List<Task> tasks, TaskState state, long budget, Figures figures, String name)
      throws TimeoutException, InterruptedException {
    Latencies held = new Latencies(SAMPLES);
    Latencies released = new Latencies(SAMPLES);
    List<Suspension> suspensions = new ArrayList<>(tasks.size());
    for (boolean warm : new boolean[] {false, true}) {
      long end = System.nanoTime() + (warm ? budget : budget / 4);
      do {
        for (Task task : tasks) {
          if (task.state() != state) {
            continue;
          }
          long begun = System.nanoTime();
          Suspension suspension = task.suspend(LIMIT);
          long stopped = System.nanoTime();
          suspensions.add(suspension);
          if (warm) {
            held.add(stopped - begun);
          }
        }
        for (Suspension suspension : suspensions) {
          long begun = System.nanoTime();
          suspension.close();
          long resumed = System.nanoTime();
          if (warm) {
            released.add(resumed - begun);
          }
        }
        suspensions.clear();
      } while (System.nanoTime() < end && !held.full());
    }
    figures.percentiles("suspend " + name, held);
    figures.percentiles("resume " + name, released);
  }

  /** Computes so long, lets the others run, and again. */
  @SuppressWarnings("ThreadPriorityCheck") // the queue is what is measured
  private static void takeTurns(Stop stop, long nanoseconds) {
    while (!stop.asked) {
      spin(nanoseconds);
      Thread.yield();
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // so that each of many is the running one at times
  private static void checkpoints(Stop stop) {
    Task me = Task.current().orElseThrow();
    long value = me.id();
    while (!stop.asked) {
      stop.running = me;
      long end = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(100);
      while (System.nanoTime() < end && !stop.asked) {
        for (int i = 0; i < 100; i++) {
          value = value * 31 + i;
        }
        Task.checkpoint();
      }
      Thread.yield();
    }
    stop.steps = value;
  }

  private static void spin(long nanoseconds) {
    long end = System.nanoTime() + nanoseconds;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  private static int parkBelow(int depth, Object held, Stop stop) {
    if (depth == 0) {
      while (!stop.asked) {
        LockSupport.park(stop);
      }
      return held.hashCode();
    }
    int below = parkBelow(depth - 1, held, stop);
    return below + held.hashCode();
  }

  /** The least of some runs, in nanoseconds an iteration. */
  private static double iterate(boolean checkpoint) {
    double least = Double.MAX_VALUE;
    for (int run = 0; run < 5; run++) {
      long begun = System.nanoTime();
      long value = checkpoint ? checked(run) : plain(run);
      double each = (System.nanoTime() - begun) / (double) ITERATIONS;
      // What nobody reads need not be computed.
      least = value == 0 ? least : Math.min(least, each);
    }
    return least;
  }

  private static long plain(long value) {
    for (int i = 0; i < ITERATIONS; i++) {
      value = value * 31 + i;
    }
    return value;
  }

  private static long checked(long value) {
    for (int i = 0; i < ITERATIONS; i++) {
      value = value * 31 + i;
      Task.checkpoint();
    }
    return value;
  }
}
