package dev.ballast.concurrency;

import org.jspecify.annotations.Nullable;

/** What a task that does not run waits for, in a word or two, read off its frames. */
final class WaitReason {
  private WaitReason() {}

  /**
   * The reason.
   *
   * @param frames innermost first
   * @param blocker what the parking code named, if anything
   */
  static String of(StackTraceElement[] frames, @Nullable Object blocker) {
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
