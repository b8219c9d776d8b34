package dev.ballast.concurrency;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One hold on a task, which does not run until all of them are closed. */
public final class Suspension implements AutoCloseable {
  private static final VarHandle CLOSED;
  private static final long SHORTEST_LOOK = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long LONGEST_LOOK = TimeUnit.MILLISECONDS.toNanos(5);

  static {
    try {
      CLOSED = MethodHandles.lookup().findVarHandle(Suspension.class, "closed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Task task;
  private volatile boolean closed;
  private volatile @Nullable Thread by;

  /** The one before, of the same task. */
  private volatile @Nullable Suspension before;

  /**
   * One of the holds that the task has.
   *
   * @param by who asked for it
   */
  Suspension(Task task, Thread by) {
    this.task = task;
    this.by = by;
    task.list(this);
  }

  void follows(@Nullable Suspension earlier) {
    before = earlier;
  }

  @Nullable Suspension before() {
    return before;
  }

  boolean isOpen() {
    return !closed;
  }

  /** {@return the thread that asked for it; empty when it is closed} */
  public Optional<Thread> by() {
    return Optional.ofNullable(by);
  }

  /** {@return whom it holds} */
  public Task task() {
    return task;
  }

  /** {@return whether the task had ended before it could be suspended} */
  public boolean dead() {
    return task.state() == TaskState.DEAD;
  }

  /** {@return where the task is} */
  public TaskState state() {
    return task.state();
  }

  /**
   * Whether the task is still on its OS thread: the JVM has stopped it there, or it has not stopped
   * yet, since it is in a foreign call or computes, and does at its next safe point; of the second
   * only a snapshot has any. What its frames hold is unavailable. In portable mode one that is
   * parked counts among the second: it runs on when it is unparked, up to its next checkpoint.
   *
   * @return false of one that waits, is ready or has ended
   */
  public boolean mounted() {
    return task.isRunning();
  }

  /**
   * Whether foreign code of the task still runs, on its OS thread: the JVM stops it when that code
   * returns to Java, not before. Until then the task may change what foreign code can change.
   *
   * @return false of one that is not {@link #mounted}, and of one that has not stopped at all
   */
  public boolean inNative() {
    return !closed && task.isStoppedMounted() && Jvmti.isInNative(task.thread());
  }

  /**
   * Waits until the task has stopped in Java: until its foreign code, if any, has returned.
   *
   * @param limit how long to wait
   * @return whether it has stopped in Java, so that nothing of it runs
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   * @throws IllegalStateException if the suspension is closed
   */
  public boolean awaitStoppedInJava(Duration limit) throws InterruptedException {
    long deadline = Deadline.in(limit);
    long look = SHORTEST_LOOK;
    while (true) {
      requireOpen();
      if (task.isStopped() && !inNative()) {
        return true;
      }
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LockSupport.parkNanos(this, Math.min(left, look));
      look = Math.min(2 * look, LONGEST_LOOK);
    }
  }

  /** {@return what the task is parked on, as the code that parked it said} */
  public Optional<Object> waitsOn() {
    return Optional.ofNullable(LockSupport.getBlocker(task.thread()));
  }

  /**
   * {@return what the task waits for, in a word or two; {@code in the kernel} of one that is in a
   * system call; empty when it does not wait, or does not say}
   */
  public String waitReason() {
    return WaitReason.of(
        task, state(), () -> frames().stream().map(Frame::at).toArray(StackTraceElement[]::new));
  }

  /**
   * The task's frames, innermost first; none of a dead one. Of a {@link #mounted} one they are
   * those of this moment, and what they hold is unavailable.
   *
   * @return innermost first
   * @throws IllegalStateException if the suspension is closed
   */
  public List<Frame> frames() {
    requireOpen();
    if (dead()) {
      return List.of();
    }
    Optional<String> unavailable =
        task.scheduler()
            .capabilities()
            .whyNot(Capability.ROOTS)
            .or(() -> mounted() ? Optional.of("mounted") : Optional.empty());
    return unavailable.isEmpty()
        ? JdkInternals.get().frames(task.thread())
        : Arrays.stream(task.thread().getStackTrace())
            .map(at -> Frame.without(at, unavailable.get()))
            .toList();
  }

  /**
   * The objects that the task's frames hold: its roots for a collector.
   *
   * @return innermost frame first
   * @throws IllegalStateException "unavailable: mounted", if the task has not left its OS thread,
   *     or with another reason where the scheduler lacks {@link Capability#ROOTS}; or if the
   *     suspension is closed
   */
  public List<Object> roots() {
    return frames().stream().flatMap(frame -> frame.references().stream()).toList();
  }

  /**
   * The objects whose monitors the task owns, or is about to enter.
   *
   * @return innermost frame first
   * @throws IllegalStateException as {@link #roots}
   */
  public List<Object> monitors() {
    return frames().stream().flatMap(frame -> frame.monitors().stream()).toList();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the suspension of task " + task.id() + " is closed");
    }
  }

  /** Resumes the task unless somebody else holds it too; a second call does nothing. */
  @Override
  public void close() {
    if (CLOSED.compareAndSet(this, false, true)) {
      by = null;
      task.unlistClosed();
      task.release();
    }
  }
}
