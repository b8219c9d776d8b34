package dev.ballast.concurrency;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The JDK's own virtual threads, which stop for nobody but at checkpoints. */
final class Portable implements Placement {
  /** Those that run. */
  private static final ConcurrentHashMap<Thread, Task> TASKS = new ConcurrentHashMap<>();

  private final String name;

  Portable(String name) {
    this.name = name;
  }

  static @Nullable Task taskOf(Thread thread) {
    return TASKS.isEmpty() ? null : TASKS.get(thread);
  }

  @Override
  public Thread thread(Task task, String threadName, Runnable body) {
    return Thread.ofVirtual()
        .name(threadName)
        .unstarted(() -> {
          if (!task.scheduler().started(task)) {
            return;
          }
          TASKS.put(task.thread(), task);
          try {
            task.beginPortable();
            body.run();
          } finally {
            TASKS.remove(task.thread());
            task.endPortable();
          }
        });
  }

  @Override
  public void enqueue(Task task, boolean next) {
    // It held itself in Task.stopHere and parks there.
    LockSupport.unpark(task.thread());
  }

  @Override
  public boolean alwaysGivesWay() {
    return false;
  }

  @Override
  public long roughNow() {
    return System.nanoTime();
  }

  @Override
  public void stuck(Carrier carrier) {}

  @Override
  public void willNeedCarrier() {}

  @Override
  public Capabilities capabilities() {
    return Capabilities.ofPortable();
  }

  @Override
  public String statistics() {
    return "portable: %s's tasks run on the JDK's scheduler".formatted(name);
  }

  @Override
  public void whenQuiet(Runnable action) {
    throw new UnsupportedOperationException("a portable scheduler does not know when it is quiet");
  }

  @Override
  public void stop() {}
}
