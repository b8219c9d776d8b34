package dev.ballast.concurrency;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** All tasks of a scheduler, stopped together for a section of code. */
final class World {
  /** Held by who stops the world; a task that waits for it is parked, so it can be stopped. */
  private final ReentrantLock stopping = new ReentrantLock();

  private volatile @Nullable Map<Task, Suspension> held;
  private volatile @Nullable Thread stopper;

  <T> T stop(Scheduler scheduler, Duration limit, Supplier<T> section)
      throws TimeoutException, InterruptedException {
    if (stopping.isHeldByCurrentThread()) {
      return section.get();
    }
    long deadline = Deadline.in(limit);
    if (!stopping.tryLock(Deadline.nanos(limit), TimeUnit.NANOSECONDS)) {
      throw new TimeoutException("another section had the world stopped for " + limit);
    }
    try {
      Map<Task, Suspension> all = new ConcurrentHashMap<>();
      stopper = Thread.currentThread();
      held = all;
      try {
        // From here on the newborn hold themselves; those listed before are held now.
        for (Task task : scheduler.tasks()) {
          if (task.thread() != Thread.currentThread() && !all.containsKey(task)) {
            Suspension suspension = task.suspend(Deadline.left(deadline));
            if (all.putIfAbsent(task, suspension) != null) {
              suspension.close();
            }
          }
        }
        return section.get();
      } finally {
        held = null;
        stopper = null;
        // One that is born meanwhile either saw no stopped world or is in here by then: see born.
        all.forEach((_, suspension) -> suspension.close());
      }
    } finally {
      stopping.unlock();
    }
  }

  /** A task is about to become ready for the first time. */
  @SuppressWarnings("ReferenceEquality") // one stopping of the world is known by identity
  void born(Task task) {
    Map<Task, Suspension> all = held;
    if (all != null) {
      // It cannot be running.
      task.addHold();
      Thread by = stopper;
      Suspension suspension = new Suspension(task, by == null ? Thread.currentThread() : by);
      if (all.putIfAbsent(task, suspension) != null || held != all) {
        suspension.close();
      }
    }
  }
}
