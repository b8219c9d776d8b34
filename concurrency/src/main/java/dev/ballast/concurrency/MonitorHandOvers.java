package dev.ballast.concurrency;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Waits for tasks that may enter a monitor to become ready. A task that leaves a monitor does not
 * wake the next one itself: it puts it on a list, and a thread of the JDK
 * ("VirtualThread-unblocker", JEP 491) makes it ready at a later moment, which no seed decides. So
 * that moment is waited for before the next task is chosen. By the one carrier's thread only.
 */
final class MonitorHandOvers {
  /**
   * Tasks that left the carrier, and have not been seen to be ready since; not kept from {@link
   * Leaks}.
   */
  private final List<WeakReference<Task>> away = new ArrayList<>();

  private final Predicate<Task> ready;

  /**
   * Knows of no task yet.
   *
   * @param ready whether a task is among those to choose from
   */
  MonitorHandOvers(Predicate<Task> ready) {
    this.ready = ready;
  }

  /** A task has left the carrier. */
  void left(Task task) {
    away.add(new WeakReference<>(task));
  }

  /** Returns when all who were let into a monitor have become ready. */
  void settle() {
    away.removeIf(reference -> {
      Task task = reference.get();
      return task == null || ready.test(task) || !task.thread().isAlive();
    });
    if (away.stream().map(WeakReference::get).anyMatch(MonitorHandOvers::mayBeLetIn)) {
      // The JDK's thread takes the whole list, goes through it in no order that counts, and takes
      // what was listed meanwhile. Our first one is taken with the tasks or after them; once it is
      // ready, our second one is taken when the last task of that list is ready too.
      handOver();
      handOver();
    }
  }

  private static boolean mayBeLetIn(@Nullable Task task) {
    if (task == null) {
      return false;
    }
    return switch (task.thread().getState()) {
      case BLOCKED -> true;
      // It is let in already, and about to become ready; unless somebody holds it.
      case RUNNABLE -> task.state() != TaskState.HELD;
      // Who waits in Object.wait and was notified is BLOCKED.
      case NEW, WAITING, TIMED_WAITING, TERMINATED -> false;
    };
  }

  /** Lets a virtual thread into a monitor, and returns when it may run. */
  private static void handOver() {
    Object monitor = new Object();
    Step owner =
        new Step(() -> {
          synchronized (monitor) {
            LockSupport.park(monitor);
          }
        });
    Step next =
        new Step(() -> {
          synchronized (monitor) {
            LockSupport.unpark(Thread.currentThread());
          }
        });
    owner.run();
    next.run();
    LockSupport.unpark(owner.thread);
    owner.run();
    next.run();
  }

  /** A virtual thread that runs on the caller, from one wait to the next. */
  private static final class Step implements Executor {
    private final Thread caller = Thread.currentThread();
    private final Thread thread;
    private volatile @Nullable Runnable ready;

    Step(Runnable body) {
      thread = JdkInternals.get().create(this, "monitor-hand-over", body);
      thread.start();
    }

    @Override
    public void execute(Runnable continuation) {
      ready = continuation;
      LockSupport.unpark(caller);
    }

    void run() {
      Runnable step = ready;
      while (step == null) {
        LockSupport.park(this);
        step = ready;
      }
      ready = null;
      step.run();
    }
  }
}
