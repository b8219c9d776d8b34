package dev.ballast.concurrency;

import java.util.Set;

/**
 * Where a task may be stopped while it runs, as Go's {@code isAsyncSafePoint}: not where it may
 * have what everybody needs, that is in this scheduler, while a class is loaded or initialised, or
 * where the JDK starts, parks or ends a virtual thread.
 */
final class SafePoint {
  private static final String OURS = SafePoint.class.getPackageName() + ".";

  private SafePoint() {}

  /**
   * Whether nobody else needs what code at this place may have.
   *
   * @param frames innermost first
   */
  static boolean isSafe(StackTraceElement[] frames) {
    return frames.length > 0 && !loadsClass(frames) && !isInScheduler(frames);
  }

  private static boolean loadsClass(StackTraceElement[] frames) {
    for (StackTraceElement frame : frames) {
      String type = frame.getClassName();
      if (frame.getMethodName().equals("<clinit>")
          || type.equals("java.lang.ClassLoader")
          || type.startsWith("java.lang.invoke.MethodHandleNatives")) {
        return true;
      }
    }
    return false;
  }

  /** Looks as far as the first frame that is neither ours nor the JDK's. */
  private static boolean isInScheduler(StackTraceElement[] frames) {
    for (StackTraceElement frame : frames) {
      String type = frame.getClassName();
      if (type.startsWith(OURS) && Internal.NAMES.contains(outermost(type))) {
        return true;
      }
      if (type.startsWith("java.lang.VirtualThread") && !isRoot(frame)) {
        return true;
      }
      if (!type.startsWith("java.") && !type.startsWith("jdk.") && !type.startsWith("sun.")) {
        return false;
      }
    }
    return false;
  }

  /** The first frame of every virtual thread. */
  private static boolean isRoot(StackTraceElement frame) {
    return frame.getMethodName().equals("run");
  }

  private static String outermost(String type) {
    int nested = type.indexOf('$');
    return nested < 0 ? type : type.substring(0, nested);
  }

  /** The classes that hold what other tasks need. */
  private static final class Internal {
    static final Set<String> NAMES =
        Set.of(
            Task.class.getName(),
            Scheduler.class.getName(),
            LiveTasks.class.getName(),
            NativePlacement.class.getName(),
            Worker.class.getName(),
            Carrier.class.getName(),
            CarrierWatch.class.getName(),
            SocketPollers.class.getName(),
            Suspension.class.getName(),
            Snapshot.class.getName(),
            TemplateThread.class.getName(),
            Jvmti.class.getName(),
            Jni.class.getName(),
            ThreadStarts.class.getName(),
            JdkInternals.class.getName());
  }
}
