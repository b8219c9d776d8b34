package dev.ballast.concurrency;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a task waits for, in a word or two: of one that does not run, read off its frames. */
final class WaitReason {
  private WaitReason() {}

  /**
   * The reason; empty when it does not wait, or does not say.
   *
   * @param state where the task was found
   * @param frames innermost first; asked for if it does not run
   */
  static String of(Task task, TaskState state, Supplier<StackTraceElement[]> frames) {
    return switch (state) {
      case WAITING, HELD -> of(task.thread(), frames.get());
      case RUNNING -> task.waitsInKernel() ? "in the kernel" : "";
      case RUNNABLE, DEAD -> "";
    };
  }

  private static String of(Thread thread, StackTraceElement[] frames) {
    return of(thread.getState(), LockSupport.getBlocker(thread), frames);
  }

  /** The reason of one that was found in this state, parked on that object. */
  static String of(Thread.State state, @Nullable Object blocker, StackTraceElement[] frames) {
    return state == Thread.State.BLOCKED ? "monitor enter" : of(frames, blocker);
  }

  private static String of(StackTraceElement[] frames, @Nullable Object blocker) {
    for (StackTraceElement frame : frames) {
      String type = frame.getClassName();
      switch (type) {
        case "java.lang.Thread" -> {
          switch (frame.getMethodName()) {
            case "sleep", "sleepNanos" -> {
              return "sleep";
            }
            case "join", "joinNanos" -> {
              return "join";
            }
            case "yield" -> {
              return "yield";
            }
            default -> {}
          }
        }
        case "java.lang.Object" -> {
          if (frame.getMethodName().startsWith("wait")) {
            return "object wait";
          }
        }
        case "sun.nio.ch.Poller" -> {
          return "IO wait";
        }
        default -> {
          if (!type.startsWith("java.") && !type.startsWith("jdk.") && !type.startsWith("sun.")) {
            return parked(blocker);
          }
        }
      }
    }
    return parked(blocker);
  }

  private static String parked(@Nullable Object blocker) {
    if (blocker == null) {
      return "";
    }
    String name = blocker.getClass().getName();
    return "parked on " + name.substring(name.lastIndexOf('.') + 1);
  }
}
