package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static dev.ballast.concurrency.Tasks.await;
import static dev.ballast.concurrency.Tasks.body;
import static dev.ballast.concurrency.Tasks.ended;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Go's tests of its scheduler, one by one by their names; {@code docs/compatibility/tasks.md} has
 * the table.
 */
@Timeout(60)
@SuppressWarnings("ThreadPriorityCheck") // giving way is what is tried
class GoRuntimeTest {
  /** TestStopTheWorldDeadlock: sections beside each other, and tasks that come and go. */
  @Test
  void stopTheWorldDeadlock() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong born = new AtomicLong();
    try (Scheduler scheduler = Scheduler.start("world", 2)) {
      try {
        for (int i = 0; i < 2; i++) {
          scheduler.go(() -> {
            while (!stop.get()) {
              scheduler.go(born::incrementAndGet);
              Thread.yield();
            }
          });
        }
        List<Task> stoppers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          stoppers.add(
              scheduler.go(
                  body(() -> {
                    for (int round = 0; round < 50; round++) {
                      long at =
                          scheduler.stopTheWorld(
                              SOON,
                              () -> {
                                long before = born.get();
                                spin();
                                return born.get() - before;
                              });
                      assertThat(at).isZero();
                    }
                  })));
        }
        for (Task stopper : stoppers) {
          ended(stopper);
        }
      } finally {
        stop.set(true);
      }
    }
  }

  private static void spin() {
    for (int i = 0; i < 10_000; i++) {
      Thread.onSpinWait();
    }
  }

  /** TestTracebackAncestors. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 50})
  void tracebackAncestors(int depth) throws Exception {
    int generations = 10;
    try (Scheduler scheduler = Scheduler.start("line", 1)) {
      scheduler.traceAncestors(depth);
      CountDownLatch gate = new CountDownLatch(1);
      CountDownLatch last = new CountDownLatch(1);
      scheduler.go("generation-0", () -> generation(scheduler, 0, generations, last, gate));
      last.await();
      Task youngest =
          scheduler.tasks().stream()
              .filter(task -> task.thread().getName().equals("generation-" + generations))
              .findFirst()
              .orElseThrow();
      try (Suspension held = youngest.suspend(SOON)) {
        // The eldest was made by a thread, which counts as one too.
        int expected = Math.min(depth, generations + 1);
        assertThat(youngest.ancestors()).hasSize(expected);
        String text = TaskStack.of(held).text();
        assertThat(text.split("originating from", -1)).hasSize(Math.max(1, expected));
        if (depth > 0) {
          assertThat(text).contains("created by task " + generations, "GoRuntimeTest.generation");
          assertThat(Dump.json("line", List.of(held), Instant.EPOCH))
              .containsPattern(
                  "\"createdBy\":%d,\"createdStack\":\\[\"[^\"]*GoRuntimeTest.generation"
                      .formatted(generations));
        }
      } finally {
        gate.countDown();
      }
    }
  }

  private static void generation(
      Scheduler scheduler, int number, int last, CountDownLatch ready, CountDownLatch gate) {
    if (number < last) {
      int next = number + 1;
      scheduler.go("generation-" + next, () -> generation(scheduler, next, last, ready, gate));
    } else {
      ready.countDown();
    }
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** TestStackAllOutput: each of a thousand is in the dump, once. */
  @Test
  void stackAllOutput() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    try (Scheduler scheduler = Scheduler.start("all", 2)) {
      for (int i = 0; i < 1_000; i++) {
        scheduler.go("waits", body(gate::await));
      }
      try (Snapshot all = scheduler.suspendAll(scheduler.tasks(), SOON)) {
        String text = all.text();
        for (Suspension each : all.suspensions()) {
          assertThat(text.split("(?m)^task " + each.task().id() + " ", -1)).hasSize(2);
        }
        assertThat(all.suspensions()).hasSize(1_000);
      } finally {
        gate.countDown();
      }
    }
  }

  /** TestNumGoroutine: as many as the dump has, and none after their end. */
  @Test
  void numGoroutine() throws Exception {
    try (Scheduler scheduler = Scheduler.start("count", 2)) {
      for (int round = 0; round < 20; round++) {
        List<Task> some = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
          some.add(scheduler.go("brief", Thread::yield));
        }
        for (Task each : some) {
          ended(each);
        }
        assertThat(scheduler.tasks()).isEmpty();
      }
    }
  }

  /** TestYieldProgress and TestYieldLockedProgress: who only yields starves nobody. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void yieldProgress(boolean locked) throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (Scheduler scheduler = Scheduler.start("yield", 1)) {
      Task yields =
          scheduler.go(() -> {
            if (locked) {
              Task.lockOSThread();
            }
            while (!stop.get()) {
              Thread.yield();
            }
          });
      for (int i = 0; i < 10; i++) {
        ended(scheduler.go("other", Thread::yield));
      }
      stop.set(true);
      ended(yields);
    }
  }

  /** TestYieldLocked: a locked one comes back to its thread after each yield. */
  @Test
  void yieldLocked() throws Exception {
    try (Scheduler scheduler = Scheduler.start("yield", 2)) {
      Task task =
          scheduler.go(() -> {
            Task.lockOSThread();
            int tid = Kernel.tid();
            for (int i = 0; i < 100; i++) {
              Thread.yield();
              LockSupport.parkNanos(1_000);
              assertThat(Kernel.tid()).isEqualTo(tid);
            }
            Task.unlockOSThread();
          });
      ended(task);
    }
  }

  /** TestBlockLocked: a locked one and a free one hand over to each other. */
  @Test
  void blockLocked() throws Exception {
    SynchronousQueue<Integer> queue = new SynchronousQueue<>();
    try (Scheduler scheduler = Scheduler.start("block", 1)) {
      Task puts =
          scheduler.go(
              body(() -> {
                Task.lockOSThread();
                for (int i = 0; i < 1_000; i++) {
                  queue.put(i);
                }
                Task.unlockOSThread();
              }));
      for (int i = 0; i < 1_000; i++) {
        assertThat(queue.take()).isEqualTo(i);
      }
      ended(puts);
    }
  }

  /**
   * TestGoroutineParallelism and TestGoroutineParallelism2: as many run at once as was said, also
   * beside others that wait for time and for a socket.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void goroutineParallelism(boolean beside) throws Exception {
    int parallelism = 3;
    AtomicBoolean stop = new AtomicBoolean();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Scheduler scheduler = Scheduler.start("parallel", parallelism)) {
      if (beside) {
        Task accepts =
            scheduler.go(() -> {
              try {
                server.accept().close();
              } catch (IOException e) {
                // The end of this test.
              }
            });
        for (int i = 0; i < 10; i++) {
          scheduler.go(() -> {
            while (!stop.get()) {
              LockSupport.parkNanos(1_000_000);
            }
          });
        }
        Tasks.awaitWait(accepts, Blocked.Kind.SOCKET);
      }
      for (int round = 0; round < 10; round++) {
        AtomicInteger turn = new AtomicInteger();
        List<Task> all = new ArrayList<>();
        for (int i = 0; i < parallelism; i++) {
          int mine = i;
          all.add(
              scheduler.go(() -> {
                for (int n = 0; n < 10; n++) {
                  // Each waits for the one before without giving way.
                  while (turn.get() != parallelism * n + mine) {
                    Thread.onSpinWait();
                  }
                  turn.incrementAndGet();
                }
              }));
        }
        for (Task each : all) {
          ended(each);
        }
      }
      stop.set(true);
      server.close();
    }
  }

  /** TestPreemption and TestAsyncPreempt: who gives no way is stopped, and others run beside it. */
  @Test
  void asyncPreempt() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger running = new AtomicInteger();
    try (Scheduler scheduler = Scheduler.start("preempt", 1)) {
      try {
        List<Task> hogs = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          hogs.add(
              scheduler.go(() -> {
                running.incrementAndGet();
                while (!stop.get()) {
                  // Nothing: an empty loop.
                }
              }));
        }
        await("three hogs on one place", () -> running.get() == 3);
        ended(scheduler.go("other", Thread::yield));
        try (Snapshot all = scheduler.suspendAll(hogs, SOON)) {
          assertThat(all.suspensions()).allMatch(Suspension::mounted);
          // TestPreemptionGC: the collector does not wait for them.
          System.gc();
        }
      } finally {
        stop.set(true);
      }
    }
  }

  /**
   * TestPingPongHog: a pair that hands over all the time and a hog with checkpoints have like
   * shares of the one carrier, within Go's own bound.
   */
  @Test
  void pingPongHog() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong hogged = new AtomicLong();
    try (Scheduler scheduler = Scheduler.start("hog", 1)) {
      Task hog =
          scheduler.go(() -> {
            while (!stop.get()) {
              spin();
              hogged.incrementAndGet();
              Task.checkpoint();
            }
          });
      CyclicBarrier barrier = new CyclicBarrier(2);
      AtomicLong rounds = new AtomicLong();
      List<Task> pair = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        pair.add(
            scheduler.go(
                body(() -> {
                  for (int n = 0; n < 2_000; n++) {
                    spin();
                    barrier.await();
                    rounds.incrementAndGet();
                  }
                })));
      }
      for (Task each : pair) {
        ended(each);
      }
      assertThat(rounds).hasValue(4_000);
      assertThat(hogged.get()).isBetween(4_000L / 20, 4_000L * 20);
      long before = hogged.get();
      await("the hog goes on", () -> hogged.get() > before);
      stop.set(true);
      ended(hog);
    }
  }

  /** TestTimerFairness: a sleeper wakes although another gives no way. */
  @Test
  void timerFairness() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (Scheduler scheduler = Scheduler.start("timer", 1)) {
      Task hog =
          scheduler.go(() -> {
            while (!stop.get()) {
              Thread.onSpinWait();
            }
          });
      ended(scheduler.go("sleeps", body(() -> Thread.sleep(1))));
      stop.set(true);
      ended(hog);
    }
  }

  /** TestLockOSThreadTemplateThreadRace: two that lock while the world stops. */
  @Test
  void lockOSThreadTemplateThreadRace() throws Exception {
    for (int run = 0; run < 20; run++) {
      try (Scheduler scheduler = Scheduler.start("race", 2)) {
        List<Task> all = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          all.add(
              scheduler.go(() -> {
                Task.lockOSThread();
                Task.unlockOSThread();
              }));
        }
        all.add(scheduler.go(body(() -> scheduler.stopTheWorld(SOON, () -> 0))));
        for (Task each : all) {
          ended(each);
        }
      }
    }
  }
}
