package dev.ballast.concurrency;

import dev.ballast.concurrency.queue.LocalRunQueue;
import dev.ballast.linux.thread.CurrentThread;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One OS thread that runs tasks: as a worker with a run queue, or wired to one task. */
final class Carrier {
  /** Every so many tasks the shared queue comes first, so that local pairs starve nobody (Go's). */
  private static final int FAIR = 61;

  private final Scheduler scheduler;
  final String name;
  final LocalRunQueue<Task> queue = new LocalRunQueue<>();
  private @Nullable Task lastNext;
  private volatile @Nullable Thread osThread;
  private volatile @Nullable Task wiredTo;
  private volatile boolean wiredReady;

  /** The kernel's number of the OS thread; 0 before it runs. */
  volatile int tid;

  /** Counts tasks begun; read by the monitor. */
  volatile int tick;

  /** Counts time slices: a task from the next slot continues the slice of the one before. */
  volatile int slice;

  volatile boolean busy;

  /** Set by the monitor: somebody else does this carrier's work now. */
  volatile boolean replaced;

  /** Set by the monitor: the slice is over, so the next slot has to stand in line once. */
  volatile boolean sliceOver;

  volatile boolean idle;
  boolean searching;
  volatile boolean over;

  Carrier(Scheduler scheduler, String name) {
    this.scheduler = scheduler;
    this.name = name;
  }

  /** Starts the OS thread; by the template thread only. */
  void start() {
    // Hand-off queues spin on a carrier unless it is a fork-join worker with known work.
    ForkJoinPool pool =
        new ForkJoinPool(
            1,
            owner -> {
              Worker worker = new Worker(owner, this);
              worker.setName(name);
              worker.setDaemon(true);
              return worker;
            },
            null,
            false);
    pool.execute(() -> {
      ForkJoinTask<?> pretended = ForkJoinTask.adapt(() -> {}).fork();
      osThread = Thread.currentThread();
      tid = CurrentThread.tid();
      try {
        loop();
      } finally {
        pretended.tryUnfork();
        pool.shutdown();
      }
    });
  }

  /** The thread of a carrier. */
  static final class Worker extends ForkJoinWorkerThread {
    final Carrier carrier;

    Worker(ForkJoinPool pool, Carrier carrier) {
      super(pool);
      this.carrier = carrier;
    }
  }

  private void loop() {
    while (true) {
      Task wired = wiredTo;
      if (wired != null) {
        if (wired.state() == TaskState.DEAD || !runWired(wired)) {
          scheduler.gone();
          return;
        }
        continue;
      }
      if (replaced && !scheduler.rejoin(this)) {
        return;
      }
      Task task = pick();
      if (task == null) {
        return;
      }
      run(task);
    }
  }

  private void run(Task task) {
    // Only this thread writes it.
    int begun = tick + 1;
    tick = begun;
    busy = true;
    try {
      task.run(this);
    } finally {
      busy = false;
    }
  }

  /** False when the task ended while wired here, and the thread is to end too. */
  private boolean runWired(Task task) {
    while (!wiredReady) {
      LockSupport.park(this);
      if (over) {
        return false;
      }
    }
    wiredReady = false;
    run(task);
    return task.state() != TaskState.DEAD || wiredTo == null;
  }

  /** A wired task became ready. */
  void accept(Task task) {
    if (wiredTo != task) {
      throw new IllegalStateException(task + " is not wired to " + name);
    }
    wiredReady = true;
    unpark();
  }

  void wireTo(Task task) {
    task.wired = this;
    wiredTo = task;
    scheduler.leave(this);
  }

  void unwire(Task task) {
    task.wired = null;
    wiredTo = null;
  }

  boolean belongsTo(Scheduler other) {
    return scheduler == other;
  }

  /** Ends the rest of an idle carrier, which is to search; by whoever took it from the idle. */
  void wakeSearching() {
    searching = true;
    idle = false;
    unpark();
  }

  void unpark() {
    LockSupport.unpark(osThread);
  }

  boolean isWired() {
    return wiredTo != null;
  }

  void stop() {
    over = true;
    LockSupport.unpark(osThread);
  }

  void push(Task task, boolean next) {
    if (next) {
      lastNext = task;
      queue.pushNext(task, scheduler::shared);
    } else {
      queue.push(task, scheduler::shared);
    }
  }

  private @Nullable Task pick() {
    while (true) {
      Task task = local();
      if (task == null) {
        task = scheduler.search(this);
      }
      if (task != null) {
        if (task != lastNext) {
          int begun = slice + 1;
          slice = begun;
        }
        lastNext = null;
        if (searching) {
          scheduler.found(this);
        }
        return task;
      }
      if (!scheduler.rest(this)) {
        return null;
      }
    }
  }

  private @Nullable Task local() {
    if (tick % FAIR == 0) {
      Task shared = scheduler.pollShared();
      if (shared != null) {
        return shared;
      }
    }
    if (sliceOver) {
      sliceOver = false;
      Task next = queue.poll();
      if (next != null) {
        lastNext = null;
        queue.push(next, scheduler::shared);
      }
    }
    return queue.poll();
  }
}
