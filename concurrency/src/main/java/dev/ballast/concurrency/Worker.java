package dev.ballast.concurrency;

import dev.ballast.queues.LocalRunQueue;
import dev.ballast.queues.WorkStealingDeque;
import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** A carrier with a run queue of its own, from which the others steal. */
final class Worker extends Carrier {
  /** Every so many tasks the shared queue comes first, so that local pairs starve nobody (Go's). */
  private static final int FAIR = 61;

  /**
   * Every so many the oldest of those that have not begun. In a tree that is one near the root:
   * more often, and subtrees are begun faster than they are finished.
   */
  private static final int OLDEST = 1_021;

  /** Sockets are looked at after so many tasks at the latest, if some of them wait for any. */
  private static final int POLL = 16;

  /** More that have not begun stand in line with the others. */
  private static final int MOST_BORN = 256;

  private static final VarHandle TICK;
  private static final VarHandle SLICE;

  static {
    try {
      var lookup = MethodHandles.lookup();
      TICK = lookup.findVarHandle(Worker.class, "tick", int.class);
      SLICE = lookup.findVarHandle(Worker.class, "slice", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final NativePlacement workers;
  final LocalRunQueue<Task> queue = new LocalRunQueue<>();

  /**
   * Tasks that have not begun, youngest first here and oldest first for thieves: a tree of tasks is
   * walked depth first, so that few of them exist at a time.
   */
  final WorkStealingDeque<Task> born = new WorkStealingDeque<>();

  private @Nullable Task lastNext;
  private int tick;
  private int slice;

  /** Whether this thread has no place among those that run tasks; changed under a lock. */
  volatile boolean replaced = true;

  /** Whether the new thread has asked for a place; guarded by the same lock. */
  boolean arrived;

  /** Set by the watch: the slice is over, so the next slot has to stand in line once. */
  volatile boolean sliceOver;

  volatile boolean idle;
  boolean searching;

  Worker(NativePlacement workers, String name) {
    super(name);
    this.workers = workers;
  }

  /** Counts tasks begun. */
  int tick() {
    return (int) TICK.getOpaque(this);
  }

  /** Counts time slices: a task from the next slot continues the slice of the one before. */
  int slice() {
    return (int) SLICE.getOpaque(this);
  }

  @Override
  void run(Task task) {
    TICK.setOpaque(this, tick + 1);
    super.run(task);
  }

  @Override
  @Nullable Task next() {
    if (replaced && !workers.rejoin(this)) {
      return null;
    }
    while (true) {
      if (workers.hasSurplus() && workers.givesUpPlace(this)) {
        if (searching) {
          // Who searches has promised to find what comes; another has to.
          workers.found(this);
        }
        if (!workers.rejoin(this)) {
          return null;
        }
      }
      if (tick % POLL == 0 || sliceOver) {
        poll();
      }
      Task task = local();
      if (task == null && poll()) {
        task = local();
      }
      if (task == null) {
        task = workers.search(this);
      }
      if (task != null) {
        if (task != lastNext) {
          SLICE.setOpaque(this, slice + 1);
        }
        lastNext = null;
        if (searching) {
          workers.found(this);
        }
        return task;
      }
      forget();
      if (!workers.rest(this)) {
        return null;
      }
    }
  }

  /** Looks for ready sockets, as Go's scheduler does before it steals; whether it could. */
  private boolean poll() {
    Runnable poller = workers.nextPoll();
    if (poller == null) {
      return false;
    }
    if (searching) {
      workers.found(this);
    }
    try {
      poller.run();
    } catch (Throwable e) {
      System.getLogger(Worker.class.getName())
          .log(Level.ERROR, "could not look for ready sockets", e);
    }
    return true;
  }

  /** Who rests must not keep tasks of others from the collector: they may have leaked. */
  private void forget() {
    lastNext = null;
    queue.forgetStolen();
    born.forgetStolen();
  }

  private @Nullable Task local() {
    if (tick % FAIR == 0) {
      Task shared = workers.pollShared();
      if (shared != null) {
        return shared;
      }
    }
    if (sliceOver) {
      sliceOver = false;
      Task next = queue.poll();
      if (next != null) {
        lastNext = null;
        queue.push(next, workers::share);
      }
    }
    if (tick % OLDEST == OLDEST / 2) {
      Task oldest = born.pollOldest();
      if (oldest != null) {
        return oldest;
      }
    }
    Task task = queue.poll();
    return task == null ? born.pop() : task;
  }

  /** By the task that runs here. */
  void push(Task task, boolean next) {
    if (!next) {
      queue.push(task, workers::share);
      return;
    }
    lastNext = task;
    Task before = queue.replaceNext(task);
    if (before == null) {
      return;
    }
    if (!before.hasBegun() && born.size() < MOST_BORN) {
      born.push(before);
    } else {
      queue.push(before, workers::share);
    }
  }

  /** How many wait here; by anybody. */
  int waiting() {
    return queue.size() + born.size();
  }

  /** Takes one that waits here, the oldest if it can; by anybody. */
  @Nullable Task take() {
    Task task = queue.steal();
    return task == null ? born.steal() : task;
  }

  /** Whether an idle worker has something to do, if only to end. */
  boolean isWanted() {
    return !idle || workers.isOver();
  }

  /** Ends the rest of an idle worker, which is to search; by whoever took it from the idle. */
  void wakeSearching() {
    searching = true;
    idle = false;
    unpark();
  }

  @Override
  void accept(Task task) {
    acceptWired();
  }

  @Override
  void wiredAway() {
    workers.leave(this);
  }

  @Override
  boolean endedWired() {
    workers.leave(this);
    workers.gone();
    return true;
  }

  @Override
  @Nullable Carrier homeOfUnlocked() {
    return null;
  }
}
