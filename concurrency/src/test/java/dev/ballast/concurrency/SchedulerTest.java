package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.linux.thread.CurrentThread;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
@SuppressWarnings("ThreadPriorityCheck") // yielding is what is tested
class SchedulerTest {
  @Test
  void runsWhatItIsGivenOnVirtualThreads() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 2)) {
      FutureTask<Boolean> virtual = scheduler.submit(() -> Thread.currentThread().isVirtual());
      assertThat(virtual.get(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void losesNoTaskOfManyThatSpawnParkAndYield() throws Exception {
    AtomicInteger ran = new AtomicInteger();
    try (Scheduler scheduler = Scheduler.start("t", 2)) {
      scheduler
          .go(() -> {
            for (int i = 0; i < 10_000; i++) {
              scheduler.go(() -> {
                Thread.yield();
                LockSupport.parkNanos(1_000);
                ran.incrementAndGet();
              });
            }
          })
          .join();
    }
    assertThat(ran).hasValue(10_000);
  }

  @Test
  void handsOverThroughJavaUtilConcurrent() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      SynchronousQueue<Integer> queue = new SynchronousQueue<>();
      scheduler.submit(() -> {
        for (int i = 0; i < 10_000; i++) {
          queue.put(i);
        }
        return 0;
      });
      FutureTask<Long> sum =
          scheduler.submit(() -> {
            long total = 0;
            for (int i = 0; i < 10_000; i++) {
              total += queue.take();
            }
            return total;
          });
      assertThat(sum.get(20, TimeUnit.SECONDS)).isEqualTo(49_995_000L);
    }
  }

  @Test
  void itsExecutorAndItsFactoryMakeTasksUntilItIsClosed() throws Exception {
    CompletableFuture<Boolean> finished = new CompletableFuture<>();
    CountDownLatch gate = new CountDownLatch(1);
    Scheduler scheduler = Scheduler.start("t", 1);
    assertThat(
            CompletableFuture.supplyAsync(() -> Task.current().isPresent(), scheduler.executor())
                .get(10, TimeUnit.SECONDS))
        .isTrue();
    Thread made =
        scheduler
            .threadFactory()
            .newThread(() -> {
              try {
                gate.await();
                // What was begun before the close may begin more.
                scheduler.go(() -> finished.complete(true));
              } catch (InterruptedException e) {
                finished.completeExceptionally(e);
              }
            });
    // The first one completes its future before it ends.
    Tasks.await("the first task has ended", () -> scheduler.tasks().isEmpty());
    made.start();
    Thread closes = new Thread(scheduler::close);
    closes.start();
    // It waits for the task, which waits for the gate.
    Tasks.await("close waits", () -> closes.getState() == Thread.State.WAITING);
    assertThatThrownBy(() -> scheduler.executor().execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
    gate.countDown();
    closes.join();
    assertThat(finished).isCompletedWithValue(true);
    assertThat(scheduler.tasks()).isEmpty();
  }

  @Test
  void adoptsVirtualThreadsThatLibrariesStart() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      FutureTask<Boolean> adopted =
          scheduler.submit(() -> {
            Task parent = Task.current().orElseThrow();
            AtomicBoolean same = new AtomicBoolean();
            Thread child =
                Thread.startVirtualThread(() -> {
                  Task own = Task.current().orElseThrow();
                  same.set(own != parent && own.parent().orElseThrow() == parent);
                });
            child.join();
            return same.get();
          });
      assertThat(adopted.get(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void givesTheWorkBehindAStuckCarrierToAnother() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      Task hog =
          scheduler.go(() -> {
            while (!stop.get()) {
              Thread.onSpinWait();
            }
          });
      assertThat(scheduler.go(() -> stop.set(true)).join(SOON)).isTrue();
      assertThat(hog.join(SOON)).isTrue();
    }
  }

  @Test
  void whatWaitsForTheSocketsOfAllIsNoTask() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Scheduler scheduler = Scheduler.start("t", 1)) {
      Task accepts =
          scheduler.go(() -> {
            try (var client = server.accept()) {
              client.getOutputStream().write(1);
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      awaitParked(accepts);
      assertThat(scheduler.tasks()).containsExactly(accepts);
      try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
        assertThat(client.getInputStream().read()).isEqualTo(1);
      }
    }
  }

  private static void awaitParked(Task task) throws InterruptedException {
    Tasks.await(task + " waits", () -> task.state() == TaskState.WAITING);
  }

  @Test
  void refusesWorkAfterClose() {
    Scheduler scheduler = Scheduler.start("t", 1);
    scheduler.close();
    assertThatThrownBy(() -> scheduler.go(() -> {})).isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void itsOwnTaskCannotCloseIt() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      FutureTask<Integer> closes =
          scheduler.submit(() -> {
            scheduler.close();
            return 0;
          });
      assertThatThrownBy(() -> closes.get(10, TimeUnit.SECONDS))
          .hasRootCauseMessage("task 1 of scheduler t cannot close it: it would wait for itself");
      // Nothing of it has been closed.
      Tasks.ended(scheduler.go(() -> {}));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"native", "portable", "deterministic"})
  void whatStartsWhileItClosesHasRunThenOrIsRefused(String mode) throws Exception {
    Options options = Tasks.inMode(mode, Options.named("t").withParallelism(1));
    for (int i = 0; i < 500; i++) {
      Scheduler scheduler = Scheduler.start(options);
      AtomicBoolean ran = new AtomicBoolean();
      AtomicBoolean refused = new AtomicBoolean();
      CyclicBarrier both = new CyclicBarrier(2);
      Thread starter =
          new Thread(
              Tasks.body(() -> {
                both.await();
                try {
                  Task unused = scheduler.go(() -> ran.set(true));
                } catch (RejectedExecutionException e) {
                  refused.set(true);
                }
              }));
      starter.start();
      both.await();
      for (int wait = i; wait > 0; wait--) {
        Thread.onSpinWait();
      }
      scheduler.close();
      starter.join();
      assertThat(ran.get()).as("round %d: refused %s", i, refused).isNotEqualTo(refused.get());
    }
  }

  @Test
  void lockedTaskStaysOnItsOsThreadAlone() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 2)) {
      Set<Integer> mine = ConcurrentHashMap.newKeySet();
      Set<Integer> others = ConcurrentHashMap.newKeySet();
      CountDownLatch locked = new CountDownLatch(1);
      Task task =
          scheduler.go(() -> {
            Task.lockOSThread();
            locked.countDown();
            for (int i = 0; i < 200; i++) {
              mine.add(CurrentThread.tid());
              LockSupport.parkNanos(10_000);
              Thread.yield();
            }
          });
      locked.await();
      List<Task> rest = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        rest.add(scheduler.go("other", () -> others.add(CurrentThread.tid())));
      }
      for (Task each : rest) {
        assertThat(each.join(SOON)).isTrue();
      }
      assertThat(task.join(SOON)).isTrue();
      assertThat(mine).hasSize(1);
      assertThat(others).doesNotContainAnyElementsOf(mine);
    }
  }

  @Test
  void locksNestAndUnlockWithoutLockDoesNothing() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      FutureTask<List<Integer>> counts =
          scheduler.submit(() -> {
            List<Integer> seen = new ArrayList<>();
            Task.unlockOSThread();
            seen.add(Task.osThreadLocks());
            Task.lockOSThread();
            Task.lockOSThread();
            seen.add(Task.osThreadLocks());
            Task.unlockOSThread();
            seen.add(Task.osThreadLocks());
            Task.unlockOSThread();
            Thread.yield();
            seen.add(Task.osThreadLocks());
            return seen;
          });
      assertThat(counts.get(10, TimeUnit.SECONDS)).containsExactly(0, 2, 1, 0);
    }
  }

  @Test
  void exitWhileLockedEndsTheOsThreadAndItsStateWithIt() throws Exception {
    Path before = Files.readSymbolicLink(Path.of("/proc/self/cwd"));
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      FutureTask<Integer> tainted =
          scheduler.submit(() -> {
            Task.lockOSThread();
            CurrentThread.allowingVirtual(() -> {
              CurrentThread.unshareFileSystemState();
              CurrentThread.chdir(Path.of("/proc"));
            });
            return CurrentThread.tid();
          });
      Path task = Path.of("/proc/self/task/" + tainted.get(10, TimeUnit.SECONDS));
      long deadline = System.nanoTime() + SOON.toNanos();
      while (Files.exists(task) && System.nanoTime() < deadline) {
        LockSupport.parkNanos(1_000_000);
      }
      assertThat(task).doesNotExist();
      for (int i = 0; i < 8; i++) {
        FutureTask<Path> next =
            scheduler.submit(() -> {
              Task.lockOSThread();
              return Files.readSymbolicLink(Path.of("/proc/thread-self/cwd"));
            });
        assertThat(next.get(10, TimeUnit.SECONDS)).isEqualTo(before);
      }
    }
  }

  @Test
  void parkedTaskHeldDoesNotRunUntilTheLastSuspensionIsClosed() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      Object secret = new Object();
      CountDownLatch gate = new CountDownLatch(1);
      AtomicBoolean ran = new AtomicBoolean();
      Task task = scheduler.go(() -> waitHolding(secret, gate, ran));
      awaitWaiting(task);
      Suspension one = task.suspend(SOON);
      Suspension two = task.suspend(SOON);
      assertThat(one.roots()).contains(secret);
      assertThat(one.monitors()).contains(secret);
      assertThat(one.frames())
          .anySatisfy(frame -> {
            assertThat(frame.at().getMethodName()).isEqualTo("waitHolding");
            assertThat(frame.monitors()).contains(secret);
          });
      gate.countDown();
      one.close();
      // Another task passed through the only carrier, so this one would have too.
      assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
      assertThat(ran).isFalse();
      assertThat(task.state()).isEqualTo(TaskState.HELD);
      two.close();
      assertThat(task.join(SOON)).isTrue();
      assertThat(ran).isTrue();
      try (Suspension late = task.suspend(SOON)) {
        assertThat(late.dead()).isTrue();
      }
    }
  }

  @Test
  void runningTaskStopsAtItsCheckpoint() throws Exception {
    AtomicLong steps = new AtomicLong();
    AtomicBoolean stop = new AtomicBoolean();
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      Task task =
          scheduler.go(() -> {
            while (!stop.get()) {
              steps.incrementAndGet();
              Task.checkpoint();
            }
          });
      for (int i = 0; i < 100; i++) {
        try (Suspension held = task.suspend(SOON)) {
          long at = steps.get();
          held.frames();
          assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
          assertThat(steps).hasValue(at);
        }
      }
      stop.set(true);
    }
  }

  /** Two that suspend each other, and more in a ring, each while it is suspended itself. */
  @ParameterizedTest
  @CsvSource({"2, false", "3, false", "5, false", "2, true", "3, true"})
  void tasksThatSuspendOneAnotherInARingGoOn(int size, boolean portable) throws Exception {
    Options options = Options.named("ring").withParallelism(2);
    try (Scheduler scheduler = Scheduler.start(portable ? options.portable() : options)) {
      Task[] ring = new Task[size];
      CountDownLatch all = new CountDownLatch(1);
      AtomicInteger suspended = new AtomicInteger();
      for (int i = 0; i < size; i++) {
        int next = (i + 1) % size;
        ring[i] =
            scheduler.go(
                Tasks.body(() -> {
                  all.await();
                  for (int round = 0; round < 1_000; round++) {
                    try (Suspension _ = ring[next].suspend(SOON)) {
                      suspended.incrementAndGet();
                      Thread.yield();
                    }
                    Task.checkpoint();
                  }
                }));
      }
      all.countDown();
      for (Task each : ring) {
        Tasks.ended(each);
      }
      assertThat(suspended).hasValue(1_000 * size);
    }
  }

  @Test
  void snapshotHoldsAllAndPrintsThem() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 2)) {
      CountDownLatch gate = new CountDownLatch(1);
      for (int i = 0; i < 100; i++) {
        scheduler.submit(() -> {
          gate.await();
          return 0;
        });
      }
      scheduler.tasks().forEach(SchedulerTest::awaitWaiting);
      try (Snapshot all = scheduler.suspendAll(scheduler.tasks(), SOON)) {
        gate.countDown();
        assertThat(all.suspensions()).hasSize(100).noneMatch(Suspension::dead);
        assertThat(all.text()).contains("CountDownLatch.await");
      }
    }
  }

  private static void waitHolding(Object secret, CountDownLatch gate, AtomicBoolean ran) {
    synchronized (secret) {
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      ran.set(true);
    }
  }

  private static void awaitWaiting(Task task) {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (task.state() != TaskState.WAITING || LockSupport.getBlocker(task.thread()) == null) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
