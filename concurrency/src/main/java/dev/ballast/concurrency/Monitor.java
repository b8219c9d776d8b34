package dev.ballast.concurrency;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Looks after the workers from a thread of its own, as Go's sysmon: wakes one for work that waits
 * behind a running task, asks a task whose slice is over to give way, and gives the place of a
 * stuck one to another. It rests while no worker is busy.
 */
final class Monitor {
  private static final long SHORTEST_LOOK = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long LONGEST_LOOK = TimeUnit.MILLISECONDS.toNanos(1);

  /**
   * A rest that was shorter does not make it look more often again: it costs what the work does.
   */
  private static final long LONG_REST = TimeUnit.MILLISECONDS.toNanos(10);

  /** Looks that find nobody busy before it rests. */
  private static final int QUIET = 4;

  /** A task that blocks its OS thread for so many looks has its work given away. */
  private static final int BLOCKED_LOOKS = 2;

  /**
   * Nor is one stuck that fewer looks found with the same task: a collection stops all, this thread
   * too, for longer than a slice.
   */
  private static final int STUCK_LOOKS = 3;

  /** Threads that have ended are forgotten beyond this. */
  private static final int MOST_SEEN = 1_024;

  private static final class Seen {
    int tick;
    long tickSince;
    int looks;
    int slice;
    long since;
    int blocked;
  }

  private final Workers workers;
  private final long slice;
  private final Map<Worker, Seen> seen = new HashMap<>();
  private volatile @Nullable Thread thread;
  private volatile boolean rests;
  private volatile Runnable whenQuiet = () -> {};
  private volatile long now = System.nanoTime();

  Monitor(Workers workers, Duration slice) {
    this.workers = workers;
    this.slice = slice.toNanos();
  }

  void start(String name) {
    TemplateThread.start(() -> {
      Thread own = new Thread(this::watch, name);
      own.setDaemon(true);
      thread = own;
      own.start();
    });
  }

  void stop() {
    LockSupport.unpark(thread);
  }

  void whenQuiet(Runnable action) {
    whenQuiet = action;
    LockSupport.unpark(thread);
  }

  /** There is work; by every thread that brings some. */
  void attend() {
    if (rests) {
      now = System.nanoTime();
      LockSupport.unpark(thread);
    }
  }

  long roughNow() {
    return now;
  }

  private void watch() {
    long look = SHORTEST_LOOK;
    int quiet = 0;
    while (!workers.isOver()) {
      now = System.nanoTime();
      if (lookRound()) {
        quiet = 0;
        look = Math.min(look * 2, LONGEST_LOOK);
      } else if (++quiet > QUIET) {
        long begun = now;
        rest();
        quiet = 0;
        look = System.nanoTime() - begun < LONG_REST ? look : SHORTEST_LOOK;
        continue;
      }
      LockSupport.parkNanos(this, look);
    }
  }

  private void rest() {
    rests = true;
    if (!workers.hasWork() && !anyBusy()) {
      quietly();
    }
    if (!workers.hasWork() && !anyBusy()) {
      LockSupport.park(this);
    }
    rests = false;
  }

  private void quietly() {
    try {
      whenQuiet.run();
    } catch (RuntimeException e) {
      System.getLogger(Monitor.class.getName())
          .log(Level.ERROR, "what was to be done when quiet failed", e);
    }
  }

  private boolean anyBusy() {
    for (Worker worker : workers.all()) {
      if (worker.current() != null) {
        return true;
      }
    }
    return false;
  }

  /** False if nobody is busy. */
  private boolean lookRound() {
    boolean busy = false;
    for (Worker worker : workers.all()) {
      Task task = worker.current();
      if (task != null) {
        busy = true;
        look(worker, task);
      }
    }
    if (!workers.nobodyIdle() && workers.hasWork()) {
      workers.wake();
    }
    if (!busy || seen.size() > MOST_SEEN) {
      seen.clear();
    }
    return busy;
  }

  private void look(Worker worker, Task task) {
    Seen before = seen.computeIfAbsent(worker, w -> new Seen());
    int tick = worker.tick();
    if (before.tick != tick || before.tickSince == 0) {
      before.tick = tick;
      before.tickSince = now;
      before.looks = 0;
      before.blocked = 0;
    }
    before.looks++;
    if (before.slice != worker.slice() || before.since == 0) {
      before.slice = worker.slice();
      before.since = now;
      return;
    }
    if (!workers.hasWork()) {
      return;
    }
    if (now - before.since > slice) {
      worker.sliceOver = true;
      task.askToGiveWay();
    }
    if (before.tickSince < now && workers.nobodyIdle()) {
      before.blocked = task.blocksCarrier() ? before.blocked + 1 : 0;
      // Asked to give way, it has had time to.
      boolean stuck = before.looks >= STUCK_LOOKS && now - before.tickSince > slice + LONGEST_LOOK;
      if (stuck || before.blocked > BLOCKED_LOOKS) {
        workers.handOff(worker);
      }
    }
  }
}
