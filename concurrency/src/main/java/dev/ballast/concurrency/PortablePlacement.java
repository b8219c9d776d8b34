package dev.ballast.concurrency;

import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The JDK's own virtual threads, which stop for nobody but at checkpoints. */
final class PortablePlacement implements Placement {
  /** Known to the task alone: a table would keep those that nobody can wake from {@link Leaks}. */
  private static final ScopedValue<Task> OWN = ScopedValue.newInstance();

  private final String name;

  PortablePlacement(String name) {
    this.name = name;
  }

  /** The task that the calling thread is, or null. */
  static @Nullable Task current() {
    if (!OWN.isBound()) {
      return null;
    }
    Task task = OWN.get();
    // A thread that it forked has inherited the value.
    return task.thread() == Thread.currentThread() ? task : null;
  }

  @Override
  public Thread thread(Task task, String threadName, Runnable body) {
    return Thread.ofVirtual()
        .name(threadName)
        .unstarted(() -> {
          // Where a factory made the thread, whoever started it told nobody.
          task.listPortable();
          try {
            ScopedValue.where(OWN, task)
                .run(() -> {
                  task.beginPortable();
                  body.run();
                });
          } finally {
            task.endPortable();
          }
        });
  }

  @Override
  public void start(Task task) {
    task.listPortable();
    boolean started = false;
    try {
      task.thread().start();
      started = true;
    } finally {
      if (!started) {
        task.endPortable();
      }
    }
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
  public Optional<String> shortage() {
    return Optional.empty();
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
