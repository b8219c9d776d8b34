package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static dev.ballast.concurrency.Tasks.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tasks of all sorts, which are suspended (also by one another), resumed, locked, cancelled,
 * unparked and interrupted at random: none runs while it is held, none misses that it was unparked,
 * and all end. Longer with {@code -Dstorm.seconds=N}, and the same again with {@code
 * -Dstorm.seed=N} as far as the kernel allows.
 */
@Timeout(600)
class StormTest {
  private static final long SEED = Long.getLong("storm.seed", 20_251_123L);
  private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("storm.seconds", 4));
  private static final int TASKS = 1_000;
  private static final int PASSENGERS = 200;

  /** What one task of the storm does until it is told to end. */
  private static final class Sailor {
    final AtomicLong steps = new AtomicLong();
    private final Random random;
    private final AtomicBoolean stop;
    private final AtomicReference<List<Task>> crew;

    Sailor(long seed, AtomicBoolean stop, AtomicReference<List<Task>> crew) {
      this.random = new Random(seed);
      this.stop = stop;
      this.crew = crew;
    }

    @SuppressWarnings("ThreadPriorityCheck") // one of the ways to leave a carrier
    void run() {
      while (!stop.get()) {
        steps.incrementAndGet();
        switch (random.nextInt(24) / 3) {
          case 0 -> Thread.yield();
          case 1 -> LockSupport.park(this);
          case 2 -> LockSupport.parkNanos(this, 50_000);
          case 3 -> compute();
          case 4 -> {
            Task.lockOSThread();
            LockSupport.parkNanos(this, 10_000);
            Task.unlockOSThread();
          }
          case 5 -> suspendAnother();
          default -> {
            boolean _ = Thread.interrupted();
          }
        }
      }
    }

    /** Maybe one that suspends this one at the same time, alone or in a ring. */
    private void suspendAnother() {
      List<Task> all = crew.get();
      if (all.isEmpty()) {
        return;
      }
      Task other = all.get(random.nextInt(all.size()));
      if (other.thread() == Thread.currentThread()) {
        return;
      }
      try (Suspension _ = other.suspend(SOON)) {
        steps.incrementAndGet();
      } catch (InterruptedException e) {
        // The storm interrupts everybody at times.
      } catch (TimeoutException e) {
        throw new AssertionError("seed " + SEED + ": " + e.getMessage(), e);
      }
    }

    private void compute() {
      for (int i = 0; i < 1_000; i++) {
        Task.checkpoint();
      }
    }
  }

  /**
   * Those that are begun and cancelled all the time; some end locked, and their thread with them.
   */
  private static final class Passengers {
    private final Scheduler scheduler;
    private final List<FutureTask<Integer>> aboard = new ArrayList<>();
    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    private int cancelled;

    Passengers(Scheduler scheduler) {
      this.scheduler = scheduler;
    }

    void come(boolean locked) {
      if (aboard.size() < PASSENGERS) {
        aboard.add(scheduler.submit(() -> travel(locked)));
      }
    }

    private int travel(boolean locked) throws InterruptedException {
      begun.incrementAndGet();
      try {
        if (locked) {
          Task.lockOSThread();
        }
        Thread.sleep(Duration.ofHours(1));
        return 0;
      } finally {
        ended.incrementAndGet();
      }
    }

    void cancel(int number) {
      if (!aboard.isEmpty()) {
        assertThat(aboard.remove(number % aboard.size()).cancel(true)).isTrue();
        cancelled++;
      }
    }

    void cancelAll() {
      while (!aboard.isEmpty()) {
        cancel(0);
      }
    }
  }

  @Test
  void nobodyRunsWhileHeldAndNobodyIsLost() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicReference<List<Task>> crew = new AtomicReference<>(List.of());
    ConcurrentLinkedQueue<Throwable> thrown = new ConcurrentLinkedQueue<>();
    Random random = new Random(SEED);
    try (Scheduler scheduler = Scheduler.start("storm", 2)) {
      scheduler.uncaught((_, problem) -> thrown.add(problem));
      Passengers passengers = new Passengers(scheduler);
      List<Sailor> sailors = new ArrayList<>();
      List<Task> tasks = new ArrayList<>();
      try {
        for (int i = 0; i < TASKS; i++) {
          Sailor sailor = new Sailor(SEED + i, stop, crew);
          sailors.add(sailor);
          tasks.add(scheduler.go("sailor-" + i, sailor::run));
        }
        crew.set(List.copyOf(tasks));
        storm(random, sailors, tasks, passengers);
      } finally {
        stop.set(true);
        passengers.cancelAll();
        tasks.forEach(task -> LockSupport.unpark(task.thread()));
      }
      for (Task task : tasks) {
        // One unpark each was the last that they get: who misses it is lost.
        assertThat(task.join(SOON)).as("%s of seed %d ends", task, SEED).isTrue();
      }
      await("all of seed " + SEED + " have ended", () -> scheduler.tasks().isEmpty());
      assertThat(thrown).as("seed " + SEED).isEmpty();
      assertThat(passengers.ended).hasValue(passengers.begun.get());
      assertThat(passengers.cancelled).isGreaterThan(100);
    }
  }

  private static void storm(
      Random random, List<Sailor> sailors, List<Task> tasks, Passengers passengers)
      throws InterruptedException {
    long until = System.nanoTime() + LENGTH.toNanos();
    record Held(Suspension suspension, AtomicLong steps, long at) {}
    List<Held> held = new ArrayList<>();
    long suspended = 0;
    while (System.nanoTime() - until < 0) {
      int number = random.nextInt(TASKS);
      Task task = tasks.get(number);
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> LockSupport.unpark(task.thread());
        case 3 -> task.thread().interrupt();
        case 8 -> passengers.come(false);
        case 9 -> passengers.come(true);
        case 10, 11 -> passengers.cancel(number);
        case 4, 5 -> {
          if (held.size() < 50) {
            try {
              Suspension suspension = task.suspend(SOON);
              AtomicLong steps = sailors.get(number).steps;
              held.add(new Held(suspension, steps, steps.get()));
              suspended++;
            } catch (TimeoutException e) {
              throw new AssertionError("seed " + SEED + ": " + e.getMessage(), e);
            }
          }
        }
        default -> {
          if (!held.isEmpty()) {
            Held one = held.remove(random.nextInt(held.size()));
            assertThat(one.steps().get()).as("seed %d: ran while held", SEED).isEqualTo(one.at());
            one.suspension().close();
          }
        }
      }
    }
    for (Held one : held) {
      assertThat(one.steps().get()).as("seed %d: ran while held", SEED).isEqualTo(one.at());
      one.suspension().close();
    }
    assertThat(suspended).isGreaterThan(1_000);
  }
}
