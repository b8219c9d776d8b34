package dev.ballast.concurrency;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Has loops without checkpoints take turns, once more of them run than may: the JVM stops one for
 * each that is in the way of others, and every slice the one that ran longest for the one that was
 * stopped longest. A stopped one keeps its OS thread. By the watching thread only.
 */
final class LoopTurns {
  /** One that takes longer to stop is left alone: it is where it must not be stopped. */
  private static final Duration PATIENCE = Duration.ofMillis(2);

  private final NativePlacement workers;
  private final long slice;
  private final ArrayDeque<Worker> stopped = new ArrayDeque<>();

  /** Which loops run, and since when they have. */
  private final Map<Worker, Long> running = new HashMap<>();

  private long turnAt;
  private boolean prepared;

  LoopTurns(NativePlacement workers, long slice) {
    this.workers = workers;
    this.slice = slice;
  }

  /** A worker without a place runs the same task for so long. */
  void isOut(Worker worker, long lasted) {
    if (lasted > slice) {
      running.putIfAbsent(worker, System.nanoTime() - lasted);
    }
  }

  /**
   * Looks whose turn it is.
   *
   * @param refused a worker that is in the way of others and cannot be replaced, or null
   */
  void look(long now, @Nullable Worker refused) {
    if (refused == null && stopped.isEmpty()) {
      running.clear();
      return;
    }
    if (!workers.capabilities().has(Capability.SUSPEND_RUNNING)) {
      return;
    }
    if (!prepared) {
      // It takes long the first time, and others are to be looked after meanwhile.
      prepared = true;
      var unused = Jvmti.prepare();
    }
    if (refused != null) {
      if (stop(refused)) {
        turnAt = now;
      } else {
        boolean _ = stopLongest() && workers.handOff(refused);
      }
    } else if (workers.pinnedNow() < workers.maxPinned()) {
      resumeNext(now);
    } else if (now - turnAt > slice) {
      turnAt = now;
      if (stopLongest()) {
        resumeNext(now);
      }
    }
  }

  private boolean stopLongest() {
    Worker longest = null;
    long since = Long.MAX_VALUE;
    var each = running.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Worker, Long> entry = each.next();
      if (!entry.getKey().replaced || entry.getKey().current() == null) {
        each.remove();
      } else if (entry.getValue() < since && !stopped.contains(entry.getKey())) {
        longest = entry.getKey();
        since = entry.getValue();
      }
    }
    if (longest == null) {
      return false;
    }
    // If it cannot be stopped here, others come first the next time.
    running.put(longest, System.nanoTime());
    return stop(longest);
  }

  private boolean stop(Worker worker) {
    Task task = worker.current();
    if (task == null || task.waitsForTurn() || task.blocksCarrier()) {
      return false;
    }
    try {
      if (!task.stopForTurn(PATIENCE)) {
        return false;
      }
    } catch (InterruptedException e) {
      return false; // Nobody's to interrupt.
    }
    running.remove(worker);
    stopped.addLast(worker);
    return true;
  }

  private void resumeNext(long now) {
    Worker next = stopped.pollFirst();
    Task task = next == null ? null : next.current();
    if (next != null && task != null) {
      running.put(next, now);
      task.resumeForTurn();
    }
  }

  /** All run on. */
  void end() {
    while (!stopped.isEmpty()) {
      resumeNext(0);
    }
  }
}
