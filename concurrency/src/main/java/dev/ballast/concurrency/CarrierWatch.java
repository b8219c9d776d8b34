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
 * behind a running task, asks a task whose slice is over to give way, gives the place of a stuck
 * one to another, and has loops take turns where there are too many. It rests while no worker is
 * busy.
 */
final class CarrierWatch {
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

  /** Behind one loop there may be more: each wave of places is twice the one before, up to this. */
  private static final int LARGEST_WAVE = 16;

  private static final class Seen {
    int tick;
    long tickSince;
    int looks;
    int slice;
    long since;
    int blocked;
  }

  private final NativePlacement workers;
  private final PinnedReport report;
  private final LoopTurns turns;
  private final long slice;
  private final Map<Worker, Seen> seen = new HashMap<>();
  private volatile @Nullable Thread thread;
  private volatile boolean rests;
  private volatile Runnable whenQuiet = () -> {};
  private volatile long now = System.nanoTime();

  // Of the watching thread.
  private int wave;
  private long waveAt;
  private boolean loopsFound;
  private @Nullable Worker refused;

  CarrierWatch(NativePlacement workers, Duration slice) {
    this.workers = workers;
    this.slice = Deadline.nanos(slice);
    this.report = new PinnedReport(workers);
    this.turns = new LoopTurns(workers, this.slice);
  }

  void start(String name, StartFailures failures) {
    TemplateThread.startUntilItRuns(
        failures,
        () -> !workers.isOver(),
        () -> {
          Thread own = new Thread(this::watch, name);
          own.setDaemon(true);
          own.start();
          thread = own;
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
    thread = Thread.currentThread();
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
    turns.end();
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
      System.getLogger(CarrierWatch.class.getName())
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
    loopsFound = false;
    refused = null;
    for (Worker worker : workers.all()) {
      Task task = worker.current();
      if (task != null) {
        busy = true;
        look(worker, task);
      }
    }
    if (loopsFound && workers.hasWork()) {
      surge();
    }
    turns.look(now, refused);
    report.look(refused != null);
    if (!workers.nobodyIdle() && workers.hasWork()) {
      workers.wake();
    }
    if (!busy || seen.size() > MOST_SEEN) {
      seen.clear();
    }
    return busy;
  }

  /** Gives those that wait more places than the loops had: there may be loops among them. */
  private void surge() {
    wave = now - waveAt > 4 * slice ? 1 : Math.min(2 * wave, LARGEST_WAVE);
    waveAt = now;
    int room = workers.maxPinned() - workers.pinnedNow();
    int count = Math.min(Math.min(wave, room), workers.waiting());
    if (count > 0) {
      workers.addSurplus(count);
    }
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
    if (worker.replaced) {
      turns.isOut(worker, now - before.tickSince);
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
        if (!workers.handOff(worker)) {
          refused = worker;
        } else if (before.blocked == 0) {
          loopsFound = true;
        }
      }
    }
  }
}
