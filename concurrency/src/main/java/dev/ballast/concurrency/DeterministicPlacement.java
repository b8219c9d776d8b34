package dev.ballast.concurrency;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One OS thread that runs one ready task at a time, chosen by a seed or as recorded. The ready
 * tasks stand in the order of their numbers, so that it does not matter who became ready first.
 * Time is a {@link VirtualClock}; what becomes ready by other threads is as deterministic as these
 * are.
 */
final class DeterministicPlacement implements Placement {
  private static final Comparator<Task> BY_NUMBER = Comparator.comparingLong(Task::id);

  /** What is no task, such as a thread of the JDK, may wake one: this long it is quiet only. */
  private static final long GRACE = TimeUnit.MILLISECONDS.toNanos(500);

  /**
   * No single wait counts for more of the grace: a process that stood still as a whole, or got no
   * processor, has not given those other threads their time.
   */
  private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(50);

  private final Only carrier;
  private final StartFailures failures;
  private final Random random;
  private final Choices choices;
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock. */
  private final List<Task> ready = new ArrayList<>();

  private final VirtualClock clock = new VirtualClock();
  private volatile Runnable whenIdle = () -> {};

  DeterministicPlacement(String name, Options.Mode.Deterministic mode) {
    this.failures = new StartFailures(name);
    this.carrier = new Only(name + "-carrier");
    // A seed must mean the same on every JDK: this generator's algorithm is specified.
    this.random = new Random(mode.seed());
    this.choices = Choices.replaying(mode.replay());
  }

  void start() {
    VirtualTimers.install();
    TemplateThread.startUntilItRuns(failures, () -> !carrier.over, carrier::start);
  }

  @Override
  public Optional<String> shortage() {
    return failures.shortage();
  }

  @Override
  public void whenQuiet(Runnable action) {
    whenIdle = action;
  }

  VirtualClock clock() {
    return clock;
  }

  Choices choices() {
    return choices;
  }

  /** The one carrier. */
  final class Only extends Carrier {
    private final MonitorHandOvers monitors =
        new MonitorHandOvers(DeterministicPlacement.this::isReady);

    Only(String name) {
      super(name);
    }

    @Override
    @Nullable Task next() {
      boolean told = false;
      long left = GRACE;
      while (true) {
        if (over) {
          return null;
        }
        monitors.settle();
        VirtualClock.Timer due = clock.next(nobodyIsReady());
        if (due != null) {
          told = false;
          left = GRACE;
          reach(due);
          continue;
        }
        Task task = choose();
        if (task != null) {
          clock.step();
          return task;
        }
        if (told) {
          LockSupport.park(this);
        } else if (left > 0) {
          long begun = System.nanoTime();
          LockSupport.parkNanos(this, LOOK);
          left -= Math.min(LOOK, System.nanoTime() - begun);
        } else {
          told = true;
          whenIdle.run();
        }
      }
    }

    /** Waits for the machine's clock first, unless a thread outside makes a task ready. */
    private void reach(VirtualClock.Timer due) {
      long behind = due.behind();
      if (behind > 0) {
        LockSupport.parkNanos(this, behind);
      } else if (clock.reach(due)) {
        due.run();
      }
    }

    @Override
    void run(Task task) {
      super.run(task);
      monitors.left(task);
    }

    @Override
    void accept(Task task) {
      enqueue(task, false);
    }

    @Override
    void wiredAway() {}

    @Override
    boolean endedWired() {
      return false;
    }

    @Override
    @Nullable Carrier homeOfUnlocked() {
      return null;
    }
  }

  private boolean nobodyIsReady() {
    lock.lock();
    try {
      return ready.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private boolean isReady(Task task) {
    lock.lock();
    try {
      return Collections.binarySearch(ready, task, BY_NUMBER) >= 0;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Task choose() {
    lock.lock();
    try {
      return switch (ready.size()) {
        case 0 -> null;
        case 1 -> ready.remove(0);
        default -> ready.remove(choices.next(ready.size(), random));
      };
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Thread thread(Task task, String name, Runnable body) {
    return JdkInternals.get().create(task.submissions(), name, body);
  }

  @Override
  public void enqueue(Task task, boolean next) {
    lock.lock();
    try {
      int place = Collections.binarySearch(ready, task, BY_NUMBER);
      ready.add(place < 0 ? -place - 1 : place, task);
    } finally {
      lock.unlock();
    }
    carrier.unpark();
  }

  @Override
  public boolean alwaysGivesWay() {
    return true;
  }

  @Override
  public long roughNow() {
    return System.nanoTime();
  }

  @Override
  public void stuck(Carrier on) {}

  @Override
  public void willNeedCarrier() {}

  @Override
  public Capabilities capabilities() {
    return Capabilities.ofDeterministic();
  }

  @Override
  public String statistics() {
    lock.lock();
    try {
      return "deterministic choices=%d runqueue=%d".formatted(choices.made(), ready.size());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void stop() {
    carrier.stop();
  }
}
