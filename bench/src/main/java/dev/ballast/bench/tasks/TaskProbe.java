package dev.ballast.bench.tasks;

import dev.ballast.concurrency.Scheduler;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One measurement in a process of its own; {@link TaskReport} starts it. */
final class TaskProbe {
  /** Of an idle process. */
  static final String IDLE = "idle";

  private static final int IDLE_TASKS = 100;

  private TaskProbe() {}

  /** Usage: {@code TaskProbe SIDE PARALLELISM NAME RUNS}. */
  public static void main(String[] arguments) throws Exception {
    Side side = Side.valueOf(arguments[0]);
    int parallelism = Integer.parseInt(arguments[1]);
    String name = arguments[2];
    int runs = Integer.parseInt(arguments[3]);
    Figures figures = new Figures();
    for (Holding holding : Holding.values()) {
      if (holding.title().equals(name)) {
        for (int size : holding.sizes()) {
          holding.measure(size, runs * TimeUnit.MILLISECONDS.toNanos(250), figures);
        }
      }
    }
    for (Once once : Once.values()) {
      if (once.title().equals(name)) {
        once.measure(side, figures);
      }
    }
    for (Workload workload : Workload.values()) {
      if (workload.title().equals(name)) {
        figures.add(
            name,
            withTasks(
                side, parallelism, workload.ofTheJdk(), tasks -> median(workload, tasks, runs)));
      }
    }
    figures.print();
    if (name.equals(IDLE)) {
      double _ = withTasks(side, parallelism, Thread.ofVirtual().factory(), TaskProbe::idle);
    }
  }

  private interface Measurement {
    double on(ThreadFactory tasks) throws InterruptedException, IOException;
  }

  private static double withTasks(
      Side side, int parallelism, ThreadFactory ofTheJdk, Measurement measurement)
      throws InterruptedException, IOException {
    return switch (side) {
      case BALLAST -> {
        try (Scheduler scheduler = Scheduler.start(TaskReport.SCHEDULER, parallelism)) {
          yield measurement.on(scheduler.threadFactory());
        }
      }
      case JDK -> measurement.on(ofTheJdk);
      case GO -> throw new IllegalArgumentException("Go's tasks are not here");
    };
  }

  /** After some runs that are not counted: with fewer the compilers' threads are measured too. */
  private static double median(Workload workload, ThreadFactory tasks, int runs)
      throws InterruptedException, IOException {
    for (int i = 0; i <= runs; i++) {
      double unused = workload.run(tasks);
    }
    double[] counted = new double[runs];
    for (int i = 0; i < runs; i++) {
      counted[i] = workload.run(tasks);
    }
    Arrays.sort(counted);
    return counted[runs / 2];
  }

  /** Has tasks that worked and now wait, until the report has seen enough. */
  private static double idle(ThreadFactory tasks) throws InterruptedException, IOException {
    CountDownLatch begun = new CountDownLatch(IDLE_TASKS);
    CountDownLatch over = new CountDownLatch(1);
    for (int i = 0; i < IDLE_TASKS; i++) {
      tasks
          .newThread(() -> {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            begun.countDown();
            try {
              over.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          })
          .start();
    }
    begun.await();
    System.out.println(TaskReport.READY);
    int end = System.in.read();
    over.countDown();
    return end;
  }
}
