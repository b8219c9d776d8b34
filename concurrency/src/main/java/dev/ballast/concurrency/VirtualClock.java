package dev.ballast.concurrency;

import java.util.Comparator;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The time of a deterministic scheduler: it passes by a step for each task that runs, and by a leap
 * to the next timer when none can. So which of two sleeps ends first, and whether a wait times out
 * before it is answered, is the same in every run of a seed. Code that looks at the machine's clock
 * after a wait, as the JDK's does, must find that its time has passed there too: such a timer is
 * waited for, but nothing else happens meanwhile.
 */
final class VirtualClock {
  /** What one turn of a task takes. */
  private static final long STEP = TimeUnit.MICROSECONDS.toNanos(1);

  /**
   * Waits of ordinary code count in these: the JDK takes from a limit what it has measured since
   * the wait began, some microseconds, which are others each time.
   */
  private static final long GRAIN = TimeUnit.MILLISECONDS.toNanos(1);

  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock.
  private final TreeSet<Timer> timers =
      new TreeSet<>(
          Comparator.comparingLong((Timer timer) -> timer.at)
              .thenComparingLong(timer -> timer.task)
              .thenComparingLong(timer -> timer.number));
  private long numbers;

  private volatile long now;

  /** What is done at a moment. */
  final class Timer implements ScheduledFuture<Void> {
    private final long at;
    private final long task;
    private final long number;
    private final long notBefore;
    private final Runnable action;
    private boolean cancelled;
    private boolean done;

    private Timer(long at, long task, long number, long notBefore, Runnable action) {
      this.at = at;
      this.task = task;
      this.number = number;
      this.notBefore = notBefore;
      this.action = action;
    }

    /** How long the machine's clock is behind; nothing or less if it is not. */
    long behind() {
      return notBefore == 0 ? 0 : notBefore - System.nanoTime();
    }

    void run() {
      action.run();
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
      lock.lock();
      try {
        boolean removed = timers.remove(this);
        cancelled |= removed;
        return removed;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(at - now, TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return Objects.hash(at, task, number);
    }

    @Override
    public boolean isCancelled() {
      lock.lock();
      try {
        return cancelled;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public boolean isDone() {
      lock.lock();
      try {
        return cancelled || done;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public @Nullable Void get() {
      throw new UnsupportedOperationException("nobody waits for a timer");
    }

    @Override
    public @Nullable Void get(long timeout, TimeUnit unit) {
      throw new UnsupportedOperationException("nobody waits for a timer");
    }
  }

  long now() {
    return now;
  }

  /** One task has its turn. */
  void step() {
    // By the one carrier only.
    long before = now;
    now = before + STEP;
  }

  /**
   * Sets a timer.
   *
   * @param real whether the machine's clock has to come there too
   */
  Timer in(long nanoseconds, Task task, boolean real, Runnable action) {
    lock.lock();
    try {
      long delay = Math.max(1, Math.min(nanoseconds, Long.MAX_VALUE / 4));
      if (real) {
        delay = (delay + GRAIN - 1) / GRAIN * GRAIN;
      }
      Timer timer =
          new Timer(
              now + delay, task.id(), ++numbers, real ? System.nanoTime() + delay : 0, action);
      timers.add(timer);
      return timer;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next timer, or null if none is set.
   *
   * @param leaps whether time may leap there; else only if its moment has come
   */
  @Nullable Timer next(boolean leaps) {
    lock.lock();
    try {
      if (timers.isEmpty()) {
        return null;
      }
      Timer first = timers.first();
      return leaps || first.at <= now ? first : null;
    } finally {
      lock.unlock();
    }
  }

  /** Its moment is now; false if it was cancelled meanwhile. By the one carrier only. */
  boolean reach(Timer timer) {
    lock.lock();
    try {
      if (!timers.remove(timer)) {
        return false;
      }
      timer.done = true;
      now = Math.max(now, timer.at);
      return true;
    } finally {
      lock.unlock();
    }
  }
}
