package dev.ballast.concurrency;

import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One OS thread that runs tasks: those that its kind chooses, or the one that it is wired to. Its
 * fields belong to the OS thread and to the task on it unless they say otherwise.
 */
abstract sealed class Carrier permits Worker, DeterministicPlacement.Only, OsThread.Home {
  /** A pool that has no threads: what a fork-join worker thread wants to belong to. */
  private static final ForkJoinPool NOWHERE = new ForkJoinPool(1, pool -> null, null, false);

  private static final VarHandle CURRENT;

  static {
    try {
      CURRENT = MethodHandles.lookup().findVarHandle(Carrier.class, "current", Task.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** After a defect or a lack of memory, which may be there still. */
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(1);

  final String name;
  private final Patience patience = new Patience();
  private volatile @Nullable Thread osThread;
  private volatile @Nullable Task wiredTo;
  private volatile boolean wiredReady;

  /** The kernel's number of the OS thread; 0 before it runs. */
  volatile int tid;

  /** What runs now; others read it opaquely. */
  private @Nullable Task current;

  /** No more tasks come; the thread ends when it next rests. */
  volatile boolean over;

  Carrier(String name) {
    this.name = name;
  }

  /** Waits for the next task; null when the thread is to end. */
  abstract @Nullable Task next();

  /** Takes a task that must run here and is ready; from any thread, never blocks. */
  abstract void accept(Task task);

  /** The task that locked this thread left it for the first time since; its work goes elsewhere. */
  abstract void wiredAway();

  /** The task that locked this thread has ended; whether the thread does too. */
  abstract boolean endedWired();

  /** What a task that unlocks this thread has as its home. */
  abstract @Nullable Carrier homeOfUnlocked();

  void run(Task task) {
    CURRENT.setOpaque(this, task);
    try {
      task.run(this);
    } finally {
      CURRENT.setOpaque(this, (Task) null);
    }
  }

  /** What runs now, or did a moment ago. */
  @Nullable Task current() {
    return (Task) CURRENT.getOpaque(this);
  }

  /** Starts the OS thread; by the template thread only. */
  void start() {
    new OwnThread(this).start();
  }

  /** The carrier that the calling code's OS thread is, or null; of a task it is not asked. */
  static @Nullable Carrier of(Thread thread) {
    return switch (thread) {
      case OwnThread own -> own.carrier;
      case PlainThread own -> own.carrier;
      default -> null;
    };
  }

  /** The thread of a carrier on which code runs that may fork: it is not to see a worker's pool. */
  static final class PlainThread extends Thread {
    private final Carrier carrier;

    PlainThread(Carrier carrier) {
      super(carrier.name);
      this.carrier = carrier;
      setDaemon(true);
    }

    @Override
    public void run() {
      carrier.osThread = this;
      carrier.live();
    }
  }

  /**
   * The thread of a carrier. Queues that hand over spin before they park, unless they see a
   * fork-join worker that has work: this is one, and its one task is never run.
   */
  static final class OwnThread extends ForkJoinWorkerThread {
    final Carrier carrier;

    OwnThread(Carrier carrier) {
      super(NOWHERE);
      this.carrier = carrier;
      setName(carrier.name);
    }

    @Override
    public void run() {
      ForkJoinTask<?> pretended = ForkJoinTask.adapt(() -> {}).fork();
      carrier.osThread = this;
      carrier.live();
      pretended.tryUnfork();
    }
  }

  /** Runs tasks on the calling thread until it is over. */
  void live() {
    tid = Kernel.tid();
    while (true) {
      Task wired = wiredTo;
      Task task = null;
      try {
        task = wired == null ? next() : nextWired(wired);
        if (task == null) {
          return;
        }
        run(task);
      } catch (Throwable e) {
        // The task's own exceptions do not come here: this is a defect or a lack of memory.
        complain(task, e);
      }
      Task now = wiredTo;
      if (now != null && now.state() == TaskState.DEAD) {
        if (endedWired()) {
          return;
        }
        wiredTo = null;
        continue;
      }
      if (now != null && wired == null) {
        wiredAway();
      }
    }
  }

  /** Goes on in any case: a thread that ends here would be missed for good. */
  private void complain(@Nullable Task task, Throwable problem) {
    try {
      System.getLogger(Carrier.class.getName())
          .log(Level.ERROR, "carrier " + name + " could not run " + task, problem);
      LockSupport.parkNanos(this, PAUSE);
    } catch (Throwable e) {
      // There is no memory to say it.
    }
  }

  private @Nullable Task nextWired(Task task) {
    waitUntil(this::wiredIsReady);
    if (!wiredReady) {
      return null;
    }
    wiredReady = false;
    return task;
  }

  private boolean wiredIsReady() {
    return wiredReady || over;
  }

  /** Waits until something is true whose cause also unparks this thread; by this thread. */
  void waitUntil(BooleanSupplier condition) {
    if (!patience.sees(condition)) {
      while (!condition.getAsBoolean()) {
        LockSupport.park(this);
      }
    }
  }

  /** The wired task is ready. */
  void acceptWired() {
    wiredReady = true;
    unpark();
  }

  void wire(Task task) {
    wiredTo = task;
    task.home = this;
  }

  void unwire(Task task) {
    task.home = homeOfUnlocked();
    wiredTo = null;
  }

  @Nullable Task wiredTo() {
    return wiredTo;
  }

  void unpark() {
    LockSupport.unpark(osThread);
  }

  Optional<Thread> osThread() {
    return Optional.ofNullable(osThread);
  }

  void stop() {
    over = true;
    unpark();
  }
}
