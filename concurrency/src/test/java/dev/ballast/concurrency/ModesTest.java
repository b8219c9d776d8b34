package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@DisplayNameGeneration(ReplaceUnderscores.class)
class ModesTest {
  @Nested
  class In_deterministic_mode {
    /** Two tasks that read, give way, and write: whether an update is lost depends on the order. */
    private static void losesUpdates(Scheduler scheduler) throws Exception {
      int[] counter = {0};
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        tasks.add(
            scheduler.go(() -> {
              int seen = counter[0];
              Task.checkpoint();
              counter[0] = seen + 1;
            }));
      }
      for (Task task : tasks) {
        task.join();
      }
      assertThat(counter[0]).isEqualTo(2);
    }

    @Test
    void a_lost_update_is_found_and_its_schedule_repeats_it() {
      Schedules.Failure found =
          catchThrowableOfType(
              Schedules.Failure.class,
              () -> Schedules.explore(100, 1, In_deterministic_mode::losesUpdates));

      assertThat(found).hasMessageContaining("Schedules.run(" + found.seed() + "L");
      for (int i = 0; i < 10; i++) {
        Schedules.Failure again =
            catchThrowableOfType(
                Schedules.Failure.class,
                () -> Schedules.run(found.seed(), In_deterministic_mode::losesUpdates));
        assertThat(again.choices()).isEqualTo(found.choices());
        assertThatThrownBy(
                () -> Schedules.replay(found.choices(), In_deterministic_mode::losesUpdates))
            .isInstanceOf(Schedules.Failure.class);
      }
    }

    @Test
    void other_seeds_give_other_orders() throws Exception {
      Set<List<Integer>> orders = new HashSet<>();
      for (int seed = 0; seed < 50; seed++) {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        Schedules.run(
            seed,
            scheduler -> {
              for (int i = 0; i < 3; i++) {
                int number = i;
                scheduler.go(() -> order.add(number));
              }
            });
        orders.add(List.copyOf(order));
      }
      assertThat(orders).hasSize(6);
    }

    @Test
    void a_seed_repeats_the_order_of_who_enters_a_monitor_and_who_is_notified() throws Exception {
      Set<String> runs = new HashSet<>();
      for (int i = 0; i < 300; i++) {
        StringBuilder order = new StringBuilder();
        String choices = Schedules.run(5, scheduler -> takeTurns(scheduler, order));
        runs.add(order + " by " + choices);
      }
      assertThat(runs).hasSize(1);
    }

    private static void takeTurns(Scheduler scheduler, StringBuilder order) {
      Object monitor = new Object();
      int[] turns = {0};
      for (int i = 0; i < 4; i++) {
        int number = i;
        scheduler.go(
            Tasks.body(() -> {
              for (int turn = 0; turn < 3; turn++) {
                synchronized (monitor) {
                  while (turns[0] % 2 != number % 2) {
                    monitor.wait();
                  }
                  order.append(number);
                  Task.checkpoint();
                  turns[0]++;
                  monitor.notifyAll();
                }
                Task.checkpoint();
              }
            }));
      }
    }

    @Test
    void two_locks_taken_in_two_orders_are_a_deadlock_that_is_named() {
      ReentrantLock one = new ReentrantLock();
      ReentrantLock two = new ReentrantLock();
      assertThatThrownBy(() ->
              Schedules.explore(
                  100,
                  7,
                  scheduler -> {
                    scheduler.go("first", () -> both(one, two));
                    scheduler.go("second", () -> both(two, one));
                  }))
          .isInstanceOf(Schedules.Failure.class)
          .hasMessageContaining("all tasks are asleep - deadlock!")
          .hasMessageContaining("\"first\"")
          .hasMessageContaining("ReentrantLock");
    }

    private static void both(ReentrantLock first, ReentrantLock second) {
      try {
        first.lockInterruptibly();
        try {
          Task.checkpoint();
          second.lockInterruptibly();
          second.unlock();
        } finally {
          first.unlock();
        }
      } catch (InterruptedException e) {
        // The explorer ends what is stuck.
      }
    }

    @Test
    void two_monitors_entered_in_two_orders_are_a_deadlock_with_who_waits_for_whom() {
      Object one = new Object();
      Object two = new Object();
      assertThatThrownBy(() ->
              Schedules.explore(
                  100,
                  7,
                  scheduler -> {
                    scheduler.go("first", () -> both(scheduler, one, two));
                    scheduler.go("second", () -> both(scheduler, two, one));
                  }))
          .isInstanceOf(Schedules.Failure.class)
          .hasMessageContaining("all tasks are asleep - deadlock!")
          .hasMessageMatching(
              "(?s).*task \\d+ \"enters\" waits for task \\d+: monitor enter on java.lang.Object.*")
          .hasMessageNotContaining("did not end");
    }

    /** The second monitor by a task of its own, since who joins can be ended, who enters not. */
    private static void both(Scheduler scheduler, Object first, Object second) {
      synchronized (first) {
        Task enters = scheduler.go("enters", () -> enter(second));
        try {
          enters.join();
        } catch (InterruptedException e) {
          // The explorer ends what is stuck.
        }
      }
    }

    private static void enter(Object monitor) {
      synchronized (monitor) {
        Task.checkpoint();
      }
    }

    @Test
    void who_waits_for_a_task_that_it_suspended_waits_for_ever() {
      assertThatThrownBy(() ->
              Schedules.run(
                  1,
                  scheduler -> {
                    Task ready = scheduler.go("ready", () -> {});
                    try (Suspension unused = ready.suspend(SOON)) {
                      ready.join();
                    }
                  }))
          .isInstanceOf(Schedules.Failure.class)
          .hasMessageContaining("task 2 \"ready\" waits: held")
          .hasMessageContaining("task 1 \"main\" waits for task 2: join");
    }

    @Test
    void who_waits_for_a_monitor_of_another_thread_is_not_asleep() throws Exception {
      Object monitor = new Object();
      CountDownLatch entered = new CountDownLatch(1);
      CompletableFuture<Void> leave = new CompletableFuture<>();
      Thread outside =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                synchronized (monitor) {
                  entered.countDown();
                  leave.join();
                }
              });
      entered.await();
      FutureTask<String> run =
          new FutureTask<>(() ->
              Schedules.run(
                  1,
                  scheduler -> {
                    Task enters = scheduler.go("enters", () -> enter(monitor));
                    enters.join();
                  }));
      Thread.ofPlatform().daemon().start(run);
      // As long as it takes to find a deadlock, twice.
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> Schedules.run(1, _ -> new CountDownLatch(1).await()))
            .isInstanceOf(Schedules.Failure.class);
      }
      leave.complete(null);
      outside.join();
      run.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void a_failure_is_told_even_if_a_task_does_not_end() {
      assertThatThrownBy(() ->
              Schedules.run(
                  1,
                  scheduler -> {
                    scheduler.go(
                        "stubborn",
                        () -> {
                          while (true) {
                            LockSupport.parkNanos(1_000_000);
                          }
                        });
                    throw new IllegalStateException("broken");
                  }))
          .isInstanceOf(Schedules.Failure.class)
          .hasMessageContaining("broken")
          .hasMessageContaining("did not end when they were interrupted: task 2 \"stubborn\"");
    }

    @Test
    void correct_code_passes_under_all_orders() throws Exception {
      Schedules.explore(
          200,
          1,
          scheduler -> {
            ArrayBlockingQueue<Integer> queue = new ArrayBlockingQueue<>(1);
            FutureTask<Integer> sum = scheduler.submit(() -> queue.take() + queue.take());
            scheduler.submit(() -> queue.offer(1, 1, TimeUnit.DAYS));
            scheduler.submit(() -> queue.offer(2, 1, TimeUnit.DAYS));
            assertThat(sum.get()).isEqualTo(3);
          });
    }

    @Test
    void a_schedule_of_another_program_is_refused() {
      assertThatThrownBy(() -> Schedules.replay("0,x", _ -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("\"x\" at place 2");
    }

    @Test
    void suspending_works_and_locking_says_why_not() throws Exception {
      try (Scheduler scheduler = Scheduler.start(Options.named("d").deterministic(3))) {
        AtomicBoolean stop = new AtomicBoolean();
        CountDownLatch runs = new CountDownLatch(1);
        Task task =
            scheduler.go(() -> {
              runs.countDown();
              while (!stop.get()) {
                Task.checkpoint();
              }
            });
        runs.await();
        try (Suspension held = task.suspend(SOON)) {
          assertThat(held.frames()).isNotEmpty();
        } finally {
          stop.set(true);
        }
        FutureTask<String> refusal =
            scheduler.submit(() -> {
              try {
                Task.lockOSThread();
                return "locked";
              } catch (UnsupportedOperationException e) {
                return e.getMessage();
              }
            });
        assertThat(refusal.get(10, TimeUnit.SECONDS)).contains("one OS thread for all tasks");
      }
    }
  }

  @Nested
  class In_portable_mode {
    private final Options options = Options.named("p").portable();

    @Test
    void tasks_run_join_and_are_listed() throws Exception {
      try (Scheduler scheduler = Scheduler.start(options)) {
        AtomicInteger ran = new AtomicInteger();
        FutureTask<Long> parent =
            scheduler.submit(() -> {
              Task child = scheduler.go("child", ran::incrementAndGet);
              child.join();
              assertThat(child.parent()).isEqualTo(Task.current());
              return Task.current().orElseThrow().id();
            });
        assertThat(parent.get(10, TimeUnit.SECONDS)).isPositive();
        assertThat(ran).hasValue(1);
        assertThat(scheduler.statistics()).contains("portable");
      }
    }

    @Test
    void a_task_that_has_not_begun_is_listed_held_and_waited_for() throws Exception {
      Task task;
      AtomicBoolean ran = new AtomicBoolean();
      try (Scheduler scheduler = Scheduler.start(options);
          BusyJdk busy = BusyJdk.begin()) {
        task = scheduler.go(() -> ran.set(true));
        assertThat(scheduler.tasks()).containsExactly(task);
        assertThat(task.state()).isEqualTo(TaskState.RUNNABLE);
        try (Suspension held = task.suspend(SOON)) {
          busy.close();
          assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
          assertThat(held.mounted()).isFalse();
          assertThat(ran).isFalse();
        }
      }
      assertThat(task.state()).isEqualTo(TaskState.DEAD);
      assertThat(ran).isTrue();
    }

    @Test
    void a_thread_of_the_factory_that_begins_too_late_says_so() throws Exception {
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      AtomicBoolean ran = new AtomicBoolean();
      Thread late;
      try (BusyJdk _ = BusyJdk.begin()) {
        try (Scheduler scheduler = Scheduler.start(options)) {
          late = scheduler.threadFactory().newThread(() -> ran.set(true));
          late.setUncaughtExceptionHandler((_, e) -> thrown.complete(e));
          late.start();
        }
      }
      assertThat(thrown.get(10, TimeUnit.SECONDS))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("scheduler p is closed");
      assertThat(late.join(SOON)).isTrue();
      assertThat(ran).isFalse();
    }

    /** Virtual threads that leave none of the JDK's carriers to others until this is closed. */
    private record BusyJdk(AtomicBoolean stop) implements AutoCloseable {
      static BusyJdk begin() throws InterruptedException {
        BusyJdk busy = new BusyJdk(new AtomicBoolean());
        int carriers = Runtime.getRuntime().availableProcessors();
        CountDownLatch run = new CountDownLatch(carriers);
        for (int i = 0; i < carriers; i++) {
          Thread unused =
              Thread.startVirtualThread(() -> {
                run.countDown();
                while (!busy.stop.get()) {
                  Thread.onSpinWait();
                }
              });
        }
        run.await();
        return busy;
      }

      @Override
      public void close() {
        stop.set(true);
      }
    }

    @Test
    void what_is_missing_is_said_with_the_option() {
      try (Scheduler scheduler = Scheduler.start(options)) {
        Capabilities can = scheduler.capabilities();
        assertThat(can.has(Capability.ROOTS)).isFalse();
        assertThat(can.missing().keySet())
            .containsExactlyInAnyOrderElementsOf(
                EnumSet.complementOf(EnumSet.of(Capability.CLEAN_STARTS)));
        assertThat(can.whyNot(Capability.LOCK_OS_THREAD).orElseThrow())
            .contains("--add-opens=java.base/java.lang=ALL-UNNAMED");
      }
    }

    @Test
    void a_task_stops_at_its_checkpoint_and_goes_on() throws Exception {
      AtomicLong steps = new AtomicLong();
      AtomicBoolean stop = new AtomicBoolean();
      CountDownLatch runs = new CountDownLatch(1);
      try (Scheduler scheduler = Scheduler.start(options)) {
        Task task =
            scheduler.go(() -> {
              runs.countDown();
              while (!stop.get()) {
                steps.incrementAndGet();
                Task.checkpoint();
              }
            });
        try {
          runs.await();
          for (int i = 0; i < 100; i++) {
            try (Suspension held = task.suspend(SOON)) {
              long at = steps.get();
              assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
              assertThat(steps).hasValue(at);
              assertThat(held.mounted()).isFalse();
            }
          }
        } finally {
          stop.set(true);
        }
      }
    }

    @Test
    void a_task_that_parks_elsewhere_is_not_stopped_and_the_message_says_why() throws Exception {
      ArrayBlockingQueue<Integer> queue = new ArrayBlockingQueue<>(1);
      try (Scheduler scheduler = Scheduler.start(options)) {
        CountDownLatch runs = new CountDownLatch(1);
        Task task =
            scheduler.go(
                "taker",
                () -> {
                  runs.countDown();
                  take(queue);
                });
        try {
          runs.await();
          assertThatThrownBy(() -> task.suspend(Duration.ofMillis(20)))
              .isInstanceOf(TimeoutException.class)
              .hasMessageContaining("portable mode");
        } finally {
          queue.put(1);
        }
      }
    }

    @Test
    void a_snapshot_says_of_a_parked_task_that_it_is_not_stopped_and_what_is_missing()
        throws Exception {
      ArrayBlockingQueue<Integer> queue = new ArrayBlockingQueue<>(1);
      try (Scheduler scheduler = Scheduler.start(options)) {
        Task task = scheduler.go("taker", () -> take(queue));
        Tasks.awaitWait(task, Blocked.Kind.PARK);
        try (Snapshot all = scheduler.snapshot(scheduler.tasks(), Duration.ofMillis(20))) {
          Suspension taker = all.suspensions().getFirst();
          assertThat(taker.mounted()).isTrue();
          assertThat(taker.state()).isEqualTo(TaskState.WAITING);
          assertThat(taker.frames())
              .isNotEmpty()
              .allMatch(frame -> frame.unavailable().orElseThrow().contains("portable mode"));
          assertThatThrownBy(taker::roots)
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("portable mode");
        } finally {
          queue.put(1);
        }
      }
    }

    private static void take(ArrayBlockingQueue<Integer> queue) {
      try {
        queue.take();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Test
    void an_OS_thread_is_had_for_a_call() throws Exception {
      try (Scheduler scheduler = Scheduler.start(options);
          OsThread thread = scheduler.openOsThread("own")) {
        FutureTask<Integer> tid = scheduler.submit(() -> thread.call(Kernel::tid));
        assertThat(tid.get(10, TimeUnit.SECONDS)).isEqualTo(thread.tid());
        assertThatThrownBy(() -> thread.go("x", () -> {}))
            .isInstanceOf(UnsupportedOperationException.class);
      }
    }
  }
}
