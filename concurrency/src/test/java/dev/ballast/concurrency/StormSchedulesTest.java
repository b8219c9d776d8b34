package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The storm of {@link StormTest} in seeded orders: what fails under a seed fails again under it.
 */
@Timeout(120)
class StormSchedulesTest {
  private static final int SCHEDULES = 150;
  private static final int TASKS = 12;
  private static final int BLOWS = 300;

  /** What is shared by one storm; one task runs at a time. */
  private static final class Storm {
    private final Random random;
    private final boolean cheats;
    private final AtomicInteger[] steps = new AtomicInteger[TASKS];
    private final List<Task> tasks = new ArrayList<>();
    private final List<Held> held = new ArrayList<>();
    private final List<FutureTask<Integer>> cancellable = new ArrayList<>();
    private boolean stop;

    private record Held(Suspension suspension, int number, int steps) {}

    Storm(long seed, boolean cheats) {
      random = new Random(seed);
      this.cheats = cheats;
    }

    void blow(Scheduler scheduler) throws Exception {
      for (int i = 0; i < TASKS; i++) {
        int number = i;
        steps[i] = new AtomicInteger();
        tasks.add(scheduler.go("sailor-" + i, () -> sail(number, new Random(number))));
      }
      try {
        for (int i = 0; i < BLOWS; i++) {
          one(scheduler, random.nextInt(TASKS));
          Task.checkpoint();
        }
        for (Held each : held) {
          assertThat(steps[each.number()]).as("ran while held").hasValue(each.steps());
        }
      } finally {
        held.forEach(each -> each.suspension().close());
        stop = true;
        tasks.forEach(task -> LockSupport.unpark(task.thread()));
        cancellable.forEach(each -> each.cancel(true));
      }
      for (Task task : tasks) {
        task.join();
      }
    }

    private void one(Scheduler scheduler, int number) throws Exception {
      Task task = tasks.get(number);
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> LockSupport.unpark(task.thread());
        case 3 -> task.thread().interrupt();
        case 4 -> {
          Suspension suspension = task.suspend(SOON);
          held.add(new Held(suspension, number, steps[number].get()));
        }
        case 5 -> {
          if (!held.isEmpty()) {
            Held one = held.remove(random.nextInt(held.size()));
            int now = steps[one.number()].get();
            one.suspension().close();
            assertThat(now).as("ran while held").isEqualTo(one.steps());
          }
        }
        case 6 ->
            cancellable.add(
                scheduler.submit(() -> {
                  while (!Thread.currentThread().isInterrupted()) {
                    LockSupport.park(this);
                  }
                  return 0;
                }));
        default -> {
          if (!cancellable.isEmpty()) {
            cancellable.remove(random.nextInt(cancellable.size())).cancel(true);
          }
        }
      }
    }

    private void sail(int number, Random choices) {
      while (!stop) {
        steps[number].incrementAndGet();
        switch (choices.nextInt(3)) {
          case 0 -> Task.checkpoint();
          case 1 -> LockSupport.park(this);
          default -> {
            boolean _ = Thread.interrupted();
          }
        }
        if (cheats && choices.nextInt(50) == 0) {
          // The planted fault: it counts as if a neighbour had run.
          steps[(number + 1) % TASKS].incrementAndGet();
        }
      }
    }
  }

  @Test
  void nobodyRunsWhileHeldAndNobodyIsLost() throws Exception {
    for (long seed = 1; seed <= SCHEDULES; seed++) {
      long each = seed;
      Schedules.run(seed, scheduler -> new Storm(each, false).blow(scheduler));
    }
  }

  @Test
  void theSameSeedIsTheSameStorm() throws Exception {
    String first = Schedules.run(7, scheduler -> new Storm(7, false).blow(scheduler));

    assertThat(first.length()).isGreaterThan(BLOWS);
    assertThat(Schedules.run(7, scheduler -> new Storm(7, false).blow(scheduler))).isEqualTo(first);
  }

  @Test
  void aFailureIsRepeatedByItsSeed() {
    AtomicReference<String> choices = new AtomicReference<>("");
    for (int i = 0; i < 3; i++) {
      Schedules.Failure failure =
          catchThrowableOfType(
              Schedules.Failure.class,
              () -> Schedules.run(3, scheduler -> new Storm(3, true).blow(scheduler)));
      assertThat(failure).hasMessageContaining("ran while held");
      assertThat(
              choices.compareAndSet("", failure.choices())
                  || choices.get().equals(failure.choices()))
          .isTrue();
    }
  }
}
