package dev.ballast.concurrency;

import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.AbstractOwnableSynchronizer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What the JVM's own threads wait for, and the monitors that they own. The JVM names an object by
 * its class and identity hash code; who is found by that is found again before it is told.
 */
final class PlatformThreads {
  private final Map<Long, Thread> threads = new HashMap<>();
  private final Map<Thread, ThreadInfo> infos = new HashMap<>();
  private final Map<String, Thread> monitors = new HashMap<>();

  private PlatformThreads() {}

  static PlatformThreads now() {
    PlatformThreads found = new PlatformThreads();
    Thread.getAllStackTraces().keySet().forEach(each -> found.threads.put(each.threadId(), each));
    for (ThreadInfo info : ManagementFactory.getThreadMXBean().dumpAllThreads(true, false)) {
      Thread thread = info == null ? null : found.threads.get(info.getThreadId());
      if (thread == null || thread == Thread.currentThread()) {
        continue;
      }
      found.infos.put(thread, info);
      for (MonitorInfo monitor : info.getLockedMonitors()) {
        found.monitors.put(name(monitor), thread);
      }
    }
    return found;
  }

  private static String name(LockInfo lock) {
    return lock.getClassName() + "@" + lock.getIdentityHashCode();
  }

  static String name(Object object) {
    return object.getClass().getName() + "@" + System.identityHashCode(object);
  }

  /** Who owns a monitor, if a platform thread does. */
  @Nullable Thread owner(Object monitor) {
    return monitors.get(name(monitor));
  }

  /** A platform thread that waits without limit, for something that has an owner. */
  record Waiting(Thread thread, Thread owner, String reason, String stack) {}

  /**
   * Those that wait for a task or for each other.
   *
   * @param owners which tasks own monitors, by the names of these
   */
  List<Waiting> waiting(Map<String, Thread> owners) {
    return infos.entrySet().stream()
        .flatMap(each -> waiting(each.getKey(), each.getValue(), owners).stream())
        .toList();
  }

  private Optional<Waiting> waiting(Thread thread, ThreadInfo info, Map<String, Thread> owners) {
    LockInfo lock = info.getLockInfo();
    Thread owner =
        switch (info.getThreadState()) {
          case BLOCKED -> lock == null ? null : ownerOf(name(lock), owners);
          case WAITING -> ownerOf(LockSupport.getBlocker(thread));
          case NEW, RUNNABLE, TIMED_WAITING, TERMINATED -> null;
        };
    if (owner == null || owner == thread) {
      return Optional.empty();
    }
    String word = info.getThreadState() == Thread.State.BLOCKED ? "monitor enter" : "park";
    return Optional.of(
        new Waiting(
            thread,
            owner,
            lock == null ? word : word + " on " + lock.getClassName(),
            stack(thread, info)));
  }

  private @Nullable Thread ownerOf(String monitor, Map<String, Thread> owners) {
    Thread platform = monitors.get(monitor);
    return platform == null ? owners.get(monitor) : platform;
  }

  private static @Nullable Thread ownerOf(@Nullable Object blocker) {
    return switch (blocker) {
      case null -> null;
      case Task joined -> joined.thread();
      case AbstractOwnableSynchronizer lock -> WaitGraph.ownerOrFirst(lock);
      default -> null;
    };
  }

  private static String stack(Thread thread, ThreadInfo info) {
    StringBuilder text = new StringBuilder();
    text.append(
        "thread \"%s\" [%s]:\n".formatted(thread.getName(), info.getThreadState().toString()));
    for (StackTraceElement frame : info.getStackTrace()) {
      text.append("\tat ").append(frame).append('\n');
    }
    return text.append('\n').toString();
  }
}
