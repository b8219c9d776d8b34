package dev.ballast.concurrency;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Where a task was at one moment: it runs again already. What was taken then are methods and
 * bytecode indices; classes, names and lines are looked up when they are asked for.
 */
public final class TaskStack {
  private final Task task;
  private final TaskState state;
  private final Duration inState;
  private final Thread.State threadState;
  private final @Nullable Object blocker;
  private final boolean inKernel;
  private final List<StackWalker.StackFrame> unmounted;
  private final StackTraceElement[] mounted;
  private final boolean wasMounted;
  private final String unavailable;

  private TaskStack(Suspension held) {
    this.task = held.task();
    this.state = held.state();
    this.inState = task.inState();
    this.threadState = task.thread().getState();
    this.blocker = LockSupport.getBlocker(task.thread());
    boolean away =
        state != TaskState.DEAD
            && !task.isRunning()
            && task.scheduler().capabilities().has(Capability.ROOTS);
    this.inKernel = state == TaskState.RUNNING && task.waitsInKernel();
    this.unmounted = away ? JdkInternals.get().places(task.thread()) : List.of();
    this.mounted =
        away || state == TaskState.DEAD ? new StackTraceElement[0] : task.thread().getStackTrace();
    this.wasMounted = held.mounted();
    this.unavailable =
        state == TaskState.DEAD
            ? ""
            : task.scheduler()
                .capabilities()
                .whyNot(Capability.ROOTS)
                .orElse(wasMounted ? "mounted" : "");
  }

  /** Takes it of a task that the caller suspends. */
  static TaskStack of(Suspension held) {
    return new TaskStack(held);
  }

  /** {@return whose it is} */
  public Task task() {
    return task;
  }

  /** {@return where the task was} */
  public TaskState state() {
    return state;
  }

  /** {@return how long it had been there} */
  public Duration inState() {
    return inState;
  }

  /** {@return how many frames there were} */
  public int depth() {
    return Math.max(unmounted.size(), mounted.length);
  }

  /** {@return innermost first; looked up now} */
  public List<StackTraceElement> frames() {
    return unmounted.isEmpty()
        ? Arrays.asList(mounted)
        : unmounted.stream().map(StackWalker.StackFrame::toStackTraceElement).toList();
  }

  /** {@return what it waited for, in a word or two; empty when it did not, or did not say} */
  public String waitReason() {
    return switch (state) {
      case WAITING, HELD ->
          WaitReason.of(threadState, blocker, frames().toArray(StackTraceElement[]::new));
      case RUNNING -> inKernel ? "in the kernel" : "";
      case RUNNABLE, DEAD -> "";
    };
  }

  /** Whether these are the frames of a moment, since the task ran. */
  boolean wasMounted() {
    return wasMounted;
  }

  /** Why it could not be told what the frames hold; empty if it could. */
  String unavailable() {
    return unavailable;
  }

  /** {@return as one entry of a stack dump in Go's style} */
  public String text() {
    return Dump.text(this);
  }

  @Override
  public String toString() {
    return "stack of " + task;
  }
}
