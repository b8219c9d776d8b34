package dev.ballast.concurrency;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** One hold on a task, which does not run until all of them are closed. */
public final class Suspension implements AutoCloseable {
  private final Task task;
  private final AtomicBoolean closed = new AtomicBoolean();

  Suspension(Task task) {
    this.task = task;
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
    if (closed.get()) {
      throw new IllegalStateException("the suspension of task " + task.id() + " is closed");
    }
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

  /** Resumes the task unless somebody else holds it too; a second call does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      task.release();
    }
  }
}
