package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static dev.ballast.concurrency.Tasks.await;
import static dev.ballast.concurrency.Tasks.body;
import static dev.ballast.concurrency.Tasks.ended;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.linux.call.Call;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Go's tests of preemption and fairness beside system calls, timers and the collector. */
@Timeout(60)
class GoRuntimeFairnessTest {
  private static final Call USLEEP = Call.of(Call.INT, "usleep", Call.INT);

  /** TestPreemptSplitBig: a loop whose every call needs much stack, and grows it. */
  @Test
  void preemptSplitBig() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong rounds = new AtomicLong();
    try (Scheduler scheduler = Scheduler.start("big", 2)) {
      Task big =
          scheduler.go(() -> {
            while (!stop.get()) {
              rounds.addAndGet(big(200));
            }
          });
      try {
        for (int i = 0; i < 20; i++) {
          long before = rounds.get();
          await("it goes on", () -> rounds.get() > before);
          try (Suspension _ = big.suspend(SOON)) {
            long held = rounds.get();
            System.gc();
            assertThat(rounds).hasValue(held);
          }
        }
      } finally {
        stop.set(true);
      }
      ended(big);
    }
  }

  private static long big(int depth) {
    long a = depth;
    long b = a + 1;
    long c = b + a;
    long d = c + b;
    return depth == 0 ? 1 : (big(depth - 1) + a + b + c + d) % 7 + 1;
  }

  /** TestPreemptionAfterSyscall: a loop that comes out of the kernel is stopped as any other. */
  @ParameterizedTest
  @ValueSource(ints = {10, 100, 1_000, 10_000})
  void preemptionAfterSyscall(int micros) throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong loops = new AtomicLong();
    try (Scheduler scheduler = Scheduler.start("syscall", 2)) {
      List<Task> all = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        all.add(
            scheduler.go(() -> {
              USLEEP.apply(micros);
              while (!stop.get()) {
                loops.incrementAndGet();
              }
            }));
      }
      try (Snapshot held = scheduler.suspendAll(all, SOON)) {
        // Those that are in the kernel count as stopped, and stop when they come back.
        await("both are back", () -> held.suspensions().stream().noneMatch(s -> inKernel(s)));
        long before = loops.get();
        System.gc();
        assertThat(loops).hasValue(before);
      } finally {
        stop.set(true);
      }
      for (Task each : all) {
        ended(each);
      }
    }
  }

  private static boolean inKernel(Suspension suspension) {
    return suspension.frames().stream()
        .anyMatch(frame -> frame.at().getMethodName().contains("usleep"));
  }

  /** TestGCFairness: the collector gets its turn beside those that only call the kernel. */
  @Test
  void gcFairness() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong written = new AtomicLong();
    try (Scheduler scheduler = Scheduler.start("collector", 1)) {
      List<Task> writers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        writers.add(
            scheduler.go(
                body(() -> {
                  try (OutputStream nowhere = Files.newOutputStream(Path.of("/dev/null"))) {
                    while (!stop.get()) {
                      nowhere.write('.');
                      written.incrementAndGet();
                    }
                  }
                })));
      }
      try {
        for (int i = 0; i < 10; i++) {
          ended(scheduler.go("collects", System::gc));
        }
        long before = written.get();
        await("the writers go on", () -> written.get() > before);
      } finally {
        stop.set(true);
      }
      for (Task each : writers) {
        ended(each);
      }
    }
  }

  /** TestGCFairness2: those that allocate all the time leave one that counts its turns. */
  @Test
  void gcFairness2() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    byte[][] kept = new byte[4][];
    try (Scheduler scheduler = Scheduler.start("allocate", 1)) {
      List<Task> allocators = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int mine = i;
        allocators.add(
            scheduler.go(() -> {
              while (!stop.get()) {
                kept[mine] = new byte[16_384];
                Task.checkpoint();
              }
            }));
      }
      try {
        for (int i = 0; i < 20; i++) {
          ended(scheduler.go("turn " + i, () -> {}));
        }
      } finally {
        stop.set(true);
      }
      for (Task each : allocators) {
        ended(each);
      }
    }
  }

  /** TestTimerFairness2: short sleeps and reads that never end leave each other their turns. */
  @Test
  void timerFairness2() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong naps = new AtomicLong();
    AtomicLong bytes = new AtomicLong();
    try (Scheduler scheduler = Scheduler.start("naps", 1);
        ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket near = new Socket(listening.getInetAddress(), listening.getLocalPort());
        Socket far = listening.accept()) {
      List<Task> all = new ArrayList<>();
      all.add(
          scheduler.go(
              body(() -> {
                while (!stop.get()) {
                  far.getOutputStream().write(1);
                  Thread.yield();
                }
                far.shutdownOutput();
              })));
      all.add(
          scheduler.go(
              body(() -> {
                while (near.getInputStream().read() >= 0) {
                  bytes.incrementAndGet();
                }
              })));
      for (int i = 0; i < 3; i++) {
        all.add(
            scheduler.go(
                body(() -> {
                  while (!stop.get()) {
                    Thread.sleep(0, ThreadLocalRandom.current().nextInt(1, 2_000));
                    naps.incrementAndGet();
                  }
                })));
      }
      try {
        await("naps beside reads", () -> naps.get() > 1_000 && bytes.get() > 1_000);
      } finally {
        stop.set(true);
      }
      for (Task each : all) {
        ended(each);
      }
    }
  }

  /** TestNoHelperGoroutines: what the library needs for itself is no task. */
  @Test
  void noHelperGoroutines() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    try (Scheduler scheduler = Scheduler.start("helpers", 2);
        OsThread _ = scheduler.openOsThread("other")) {
      Task waits = scheduler.go(body(gate::await));
      ended(scheduler.go(body(() -> Thread.sleep(1))));
      ended(scheduler.go(Task::lockOSThread));
      assertThat(scheduler.tasks()).containsExactly(waits);
      gate.countDown();
      ended(waits);
    }
  }

  /** TestBigGOMAXPROCS: as many places as anyone asks for; OS threads only for those in use. */
  @Test
  void bigGomaxprocs() throws Exception {
    try (Scheduler scheduler = Scheduler.start("many", 1_024)) {
      List<Task> all = new ArrayList<>();
      AtomicLong ran = new AtomicLong();
      for (int i = 0; i < 5_000; i++) {
        all.add(scheduler.go("one", ran::incrementAndGet));
      }
      for (Task each : all) {
        ended(each);
      }
      assertThat(ran).hasValue(5_000);
    }
  }

  /** TestNetpollDeadlock: who waits for a socket that another closes is woken, not asleep. */
  @Test
  void netpollDeadlock() throws Exception {
    List<Throwable> thrown = new ArrayList<>();
    try (Scheduler scheduler = Scheduler.start("poll", 1);
        ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Task accepts =
          scheduler.go(() -> {
            try (Socket _ = listening.accept()) {
              thrown.add(new AssertionError("nobody connects"));
            } catch (IOException e) {
              thrown.add(e);
            }
          });
      Tasks.awaitWait(accepts, Blocked.Kind.SOCKET);
      assertThat(Deadlocks.detect(scheduler).isEmpty()).isTrue();
      ended(scheduler.go(body(listening::close)));
      ended(accepts);
    }
    assertThat(thrown).singleElement().isInstanceOf(IOException.class);
  }
}
