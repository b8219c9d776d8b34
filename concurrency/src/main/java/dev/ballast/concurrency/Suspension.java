package dev.ballast.concurrency;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
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

  public Task task() {
    return task;
  }

  /** Whether the task had ended before it could be suspended. */
  public boolean dead() {
    return task.state() == TaskState.DEAD;
  }

  public TaskState state() {
    return task.state();
  }

  /**
   * Whether the task has not stopped yet: it is in a foreign call or computes, and stops at its
   * next safe point. Then its frames are those of a moment, and what they hold is unavailable. Only
   * a snapshot has such.
   */
  public boolean mounted() {
    return state() == TaskState.RUNNING;
  }

  /** What the task is parked on, as the code that parked it said. */
  public Optional<Object> waitsOn() {
    return Optional.ofNullable(LockSupport.getBlocker(task.thread()));
  }

  /** What the task waits for, in a word or two; empty when it does not, or does not say. */
  public String waitReason() {
    return switch (state()) {
      case WAITING, HELD ->
          WaitReason.of(
              frames().stream().map(Frame::at).toArray(StackTraceElement[]::new),
              waitsOn().orElse(null));
      case RUNNABLE, RUNNING, DEAD -> "";
    };
  }

  /**
   * The task's frames, innermost first, and what they hold; empty for a dead one. Of a {@link
   * #mounted} one nothing that they hold is known.
   *
   * @throws IllegalStateException if the suspension is closed
   */
  public List<Frame> frames() {
    if (closed.get()) {
      throw new IllegalStateException("the suspension of task " + task.id() + " is closed");
    }
    if (mounted()) {
      return Arrays.stream(task.thread().getStackTrace())
          .map(at -> new Frame(at, List.of(), List.of()))
          .toList();
    }
    return dead() ? List.of() : JdkInternals.get().frames(Objects.requireNonNull(task.thread()));
  }

  /** The objects that the task's frames hold: its roots for a collector. */
  public List<Object> roots() {
    List<Object> roots = new ArrayList<>();
    frames().forEach(frame -> roots.addAll(frame.references()));
    return List.copyOf(roots);
  }

  /** Resumes the task unless somebody else holds it too; a second call does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      task.release();
    }
  }
}
