package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** In which order tasks that have not begun get their turn. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class BornTasksTest {
  private static final int LEAVES = 10_000;

  /** A task with ten children, each with ten, down to the leaves. */
  private record Node(Scheduler scheduler, int leaves, AtomicInteger most, CountDownLatch left)
      implements Runnable {
    @Override
    public void run() {
      most.accumulateAndGet(scheduler.live().size(), Math::max);
      if (leaves == 1) {
        left.countDown();
        return;
      }
      for (int i = 0; i < 10; i++) {
        Task unused = scheduler.go(new Node(scheduler, leaves / 10, most, left));
      }
    }
  }

  @Test
  void a_tree_of_tasks_is_walked_depth_first_so_that_few_exist_at_a_time() throws Exception {
    AtomicInteger most = new AtomicInteger();
    CountDownLatch left = new CountDownLatch(LEAVES);
    try (Scheduler scheduler = Scheduler.start("born", 1)) {
      Task unused = scheduler.go(new Node(scheduler, LEAVES, most, left));
      assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(most).hasValueLessThan(LEAVES / 10);
  }

  private record Chain(
      Scheduler scheduler, int length, AtomicInteger steps, AtomicInteger stepsBefore)
      implements Runnable {
    @Override
    public void run() {
      if (steps.incrementAndGet() < length && stepsBefore.get() < 0) {
        Task unused = scheduler.go(this);
      }
    }
  }

  @Test
  void one_is_not_starved_by_younger_ones_that_always_start_another() throws Exception {
    AtomicInteger steps = new AtomicInteger();
    AtomicInteger stepsBefore = new AtomicInteger(-1);
    CountDownLatch ran = new CountDownLatch(1);
    try (Scheduler scheduler = Scheduler.start("born", 1)) {
      Task unused =
          scheduler.go(() -> {
            Task old =
                scheduler.go(() -> {
                  stepsBefore.set(steps.get());
                  ran.countDown();
                });
            assertThat(old.state()).isEqualTo(TaskState.RUNNABLE);
            Task chain = scheduler.go(new Chain(scheduler, 1_000_000, steps, stepsBefore));
            assertThat(chain.state()).isEqualTo(TaskState.RUNNABLE);
          });
      assertThat(ran.await(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(stepsBefore).hasValueLessThan(2_000);
  }
}
