package dev.ballast.concurrency;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Finds tasks that wait for what nobody can reach, by asking the garbage collector: a parked task
 * is kept alive only by what could wake it. Needs {@code -Djdk.trackAllThreads=false}, without
 * which the JDK itself keeps every virtual thread alive, and finalization: each task has a
 * finalizer then, so that no collection takes one that waits.
 *
 * <p>Not found are tasks in {@link Object#wait} or before a monitor (the JVM keeps those alive),
 * tasks wired to an OS thread, and tasks whose lock or queue is still referenced from somewhere,
 * although nobody will ever use it. One that somebody looks at in this very moment is found by the
 * next report. What is reported is leaked for certain.
 */
public final class Leaks {
  private Leaks() {}

  /** Whether the JVM was started so that leaks can be seen. */
  static boolean areSeen() {
    return "false".equals(System.getProperty("jdk.trackAllThreads"));
  }

  /**
   * A task that nobody can wake.
   *
   * @param stack where it waits, as a dump has it
   * @param task which waits
   */
  public record Leak(Task task, String stack) {
    /** Interrupts it, so that its {@code finally} blocks run. */
    public void interrupt() {
      task.thread().interrupt();
    }
  }

  /**
   * Hangs on a task from its start; whether the collector finds it says whether it finds the task,
   * in any collection, not only in that of a report.
   */
  static final class Canary {
    private final Task task;
    private final CollectableTasks tasks;
    private final AtomicBoolean met = new AtomicBoolean();

    Canary(Task task, CollectableTasks tasks) {
      this.task = task;
      this.tasks = tasks;
    }

    /** The one way by which the JVM hands back what it found unreachable. */
    @Override
    @SuppressWarnings({"removal", "deprecation", "Finalize"})
    protected void finalize() {
      if (task.state() == TaskState.WAITING) {
        tasks.leak(task);
      }
      met.set(true);
    }
  }

  /**
   * A canary as one who waits for its finalizer sees it.
   *
   * @param met whether that has run
   */
  private record Sight(WeakReference<Canary> canary, AtomicBoolean met) {
    /** What the collector found is cleared before the first finalizer runs: this one is to come. */
    boolean isFlying() {
      return canary.refersTo(null) && !met.get();
    }
  }

  /** Unreachable from birth: when it is found, the collector has looked. */
  private static final class Probe {
    private final CountDownLatch found;

    Probe(CountDownLatch found) {
      this.found = found;
    }

    @Override
    @SuppressWarnings({"removal", "deprecation", "Finalize"})
    protected void finalize() {
      found.countDown();
    }
  }

  /**
   * Runs the garbage collector and returns the leaked tasks, oldest first: those found now and
   * those found before that still wait. They are kept, as Go keeps them, until they end.
   *
   * @param limit for the collector and its finalizers
   * @param scheduler whose tasks
   * @return those that wait for what nobody can reach
   * @throws UnsupportedRuntimeException if the JVM was started without the option
   * @throws TimeoutException if the collector did not do it in time, or finalization is off
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   */
  public static List<Leak> report(Scheduler scheduler, Duration limit)
      throws TimeoutException, InterruptedException {
    if (!(scheduler.live() instanceof CollectableTasks tasks)) {
      throw new UnsupportedRuntimeException(
          "the JDK keeps every virtual thread alive, so no leak can be seen",
          "start the JVM with -Djdk.trackAllThreads=false");
    }
    long deadline = System.nanoTime() + limit.toNanos();
    List<Sight> sights = sights(tasks);
    CountDownLatch looked = new CountDownLatch(1);
    hatch(looked);
    System.gc();
    if (!looked.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
      throw new TimeoutException(
          "no finalizer ran within %s; leaks need finalization and System.gc()".formatted(limit));
    }
    while (sights.stream().anyMatch(Sight::isFlying)) {
      if (System.nanoTime() > deadline) {
        throw new TimeoutException("finalizers did not end within " + limit);
      }
      LockSupport.parkNanos(100_000);
    }
    List<Leak> leaks = new ArrayList<>();
    for (Task task : tasks.leaked()) {
      if (task.state() == TaskState.WAITING) {
        leaks.add(new Leak(task, Seen.of(task).text()));
      }
    }
    return List.copyOf(leaks);
  }

  /** In a frame of its own, which is gone when the collector looks. */
  private static List<Sight> sights(CollectableTasks tasks) {
    List<Sight> sights = new ArrayList<>();
    for (Task task : tasks.list()) {
      Canary canary = task.canary;
      if (canary != null) {
        sights.add(new Sight(new WeakReference<>(canary), canary.met));
      }
    }
    return sights;
  }

  private static void hatch(CountDownLatch looked) {
    Object unused = new Probe(looked);
  }

  /**
   * In the words of Go's profile of leaked goroutines.
   *
   * @param leaks as {@link #report} gave them
   * @return several lines
   */
  public static String text(List<Leak> leaks) {
    return leaks.isEmpty()
        ? "no leaked task was found\n"
        : "%d leaked tasks\n\n".formatted(leaks.size())
            + String.join("", leaks.stream().map(Leak::stack).toList());
  }
}
