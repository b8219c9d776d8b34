package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@DisplayNameGeneration(ReplaceUnderscores.class)
@SuppressWarnings("ThreadPriorityCheck") // giving way is what is tried
class OsThreadTest {
  @Test
  void many_tasks_take_turns_on_one_thread_and_park_there() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 2);
        OsThread thread = scheduler.openOsThread("own")) {
      Set<Integer> seen = ConcurrentHashMap.newKeySet();
      SynchronousQueue<Integer> queue = new SynchronousQueue<>();
      Task put = thread.go("put", () -> hundred(seen, queue::put));
      Task take = thread.go("take", () -> hundred(seen, _ -> queue.take()));
      assertThat(put.join(SOON) && take.join(SOON)).isTrue();
      assertThat(seen).containsExactly(thread.tid());
    }
  }

  private interface Step {
    void run(int i) throws InterruptedException;
  }

  private static void hundred(Set<Integer> seen, Step step) {
    try {
      for (int i = 0; i < 100; i++) {
        seen.add(Kernel.tid());
        step.run(i);
        LockSupport.parkNanos(1_000);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void call_moves_the_calling_task_there_and_back() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 2);
        OsThread thread = scheduler.openOsThread("own")) {
      FutureTask<List<Integer>> visited =
          scheduler.submit(() -> {
            List<Integer> seen = new ArrayList<>();
            Thread self = Thread.currentThread();
            for (int i = 0; i < 100; i++) {
              seen.add(
                  thread.call(() -> {
                    Thread.yield();
                    assertThat(Thread.currentThread()).isSameAs(self);
                    return thread.call(Kernel::tid);
                  }));
              assertThat(Kernel.tid()).isNotEqualTo(thread.tid());
            }
            return seen;
          });
      assertThat(visited.get(10, TimeUnit.SECONDS)).hasSize(100).containsOnly(thread.tid());
    }
  }

  @Test
  void a_failed_call_comes_back_with_what_was_thrown() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 2);
        OsThread thread = scheduler.openOsThread("own")) {
      FutureTask<Boolean> back =
          scheduler.submit(() -> {
            assertThatThrownBy(() ->
                    thread.call(() -> {
                      throw new java.io.IOException("there");
                    }))
                .hasMessage("there");
            return Kernel.tid() != thread.tid();
          });
      assertThat(back.get(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void a_task_locked_elsewhere_cannot_move() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 2);
        OsThread thread = scheduler.openOsThread("own")) {
      FutureTask<Integer> moved =
          scheduler.submit(() -> {
            Task.lockOSThread();
            return thread.call(() -> 1);
          });
      assertThatThrownBy(() -> moved.get(10, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasRootCauseInstanceOf(IllegalStateException.class)
          .hasMessageContaining("unlock it first");
    }
  }

  @Test
  void a_task_that_locks_it_has_it_alone_and_leaves_it_to_the_others() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 2);
        OsThread thread = scheduler.openOsThread("own")) {
      List<String> order = java.util.Collections.synchronizedList(new ArrayList<>());
      FutureTask<Void> locked = new FutureTask<>(() -> {}, null);
      Task first =
          thread.go(
              "locks",
              () -> {
                Task.lockOSThread();
                locked.run();
                for (int i = 0; i < 10; i++) {
                  LockSupport.parkNanos(100_000);
                }
                order.add("first");
              });
      locked.get();
      Task second = thread.go("waits", () -> order.add("second on " + Kernel.tid()));
      assertThat(first.join(SOON) && second.join(SOON)).isTrue();
      assertThat(order).containsExactly("first", "second on " + thread.tid());
    }
  }

  @Test
  void a_closed_one_ends_with_its_last_task_and_takes_no_more() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 2)) {
      OsThread thread = scheduler.openOsThread("own");
      FutureTask<Void> gate = new FutureTask<>(() -> {}, null);
      Task task =
          thread.go(
              "last",
              () -> {
                try {
                  gate.get();
                } catch (InterruptedException | ExecutionException e) {
                  throw new IllegalStateException(e);
                }
              });
      Path itself = Path.of("/proc/self/task/" + thread.tid());
      thread.close();
      assertThatThrownBy(() -> thread.go("late", () -> {}))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("own is closed");
      assertThat(itself).exists();
      gate.run();
      assertThat(task.join(SOON)).isTrue();
      long deadline = System.nanoTime() + SOON.toNanos();
      while (Files.exists(itself) && System.nanoTime() < deadline) {
        LockSupport.parkNanos(1_000_000);
      }
      assertThat(itself).doesNotExist();
    }
  }
}
