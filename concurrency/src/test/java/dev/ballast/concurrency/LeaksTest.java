package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static dev.ballast.concurrency.Tasks.awaitWait;
import static dev.ballast.concurrency.Tasks.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.concurrency.Blocked.Kind;
import dev.ballast.concurrency.Leaks.Leak;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The leaked are found and only they: by the collector of a JVM with the option that it needs. */
@Timeout(60)
class LeaksTest {
  @ParameterizedTest
  @ValueSource(strings = {"native", "deterministic", "portable"})
  void findsAllThatNobodyCanWakeAndNobodyElse(String mode) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Djdk.trackAllThreads=false",
            "--enable-native-access=ALL-UNNAMED",
            JdkInternals.OPENS,
            "-cp",
            System.getProperty("java.class.path"),
            Leaking.class.getName(),
            mode));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(said).isEqualTo("as expected\n");
  }

  @Test
  void saysWhichOptionIsMissing() {
    try (Scheduler scheduler = Scheduler.start("leaks", 1)) {
      assertThatThrownBy(() -> Leaks.report(scheduler, SOON))
          .isInstanceOf(UnsupportedRuntimeException.class)
          .hasMessageContaining("-Djdk.trackAllThreads=false");
    }
  }

  /** What the other JVM runs. */
  static final class Leaking {
    private static final LinkedBlockingQueue<Integer> REACHABLE = new LinkedBlockingQueue<>();

    private Leaking() {}

    @SuppressWarnings("SystemOut") // how the parent learns of it
    public static void main(String[] arguments) throws Exception {
      Options options = Options.named("leaks").withParallelism(2);
      Scheduler scheduler = Scheduler.start(Tasks.inMode(arguments[0], options));
      AtomicInteger cleaned = new AtomicInteger();
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        List<Task> sound = sound(scheduler, socket);
        leak(scheduler, cleaned);
        // One that was not asked for, as any may come before a report: it must not lose them.
        System.gc();
        // Whoever looks at tasks in this very moment, as the JVM may, keeps them once.
        for (int i = 0; i < 3 && Leaks.report(scheduler, SOON).size() < 5; i++) {
          Thread.onSpinWait();
        }
        for (int i = 0; i < 2; i++) {
          List<Leak> leaks = Leaks.report(scheduler, SOON);
          assertThat(leaks)
              .extracting(leak -> leak.task().thread().getName())
              .containsExactly("queue", "latch", "hand-off", "one", "other");
        }
        List<Leak> leaks = Leaks.report(scheduler, SOON);
        assertThat(Leaks.text(leaks))
            .startsWith("5 leaked tasks")
            .contains("LinkedBlockingQueue.take");
        leaks.subList(0, 3).forEach(Leak::interrupt);
        Tasks.await("finally blocks", () -> cleaned.get() == 3);
        Tasks.await("their end", () -> ((CollectableTasks) scheduler.live()).leaked().size() == 2);
        assertThat(Leaks.report(scheduler, SOON)).hasSize(2);
        assertThat(sound).allMatch(task -> task.state() == TaskState.WAITING);
        REACHABLE.add(1);
        sound.forEach(task -> task.thread().interrupt());
      }
      // The two that are left wait for each other for ever, and hold nobody up.
      scheduler.close();
      System.out.println("as expected");
    }

    private static List<Task> sound(Scheduler scheduler, ServerSocket socket) throws Exception {
      List<Task> sound = new ArrayList<>();
      sound.add(scheduler.go("reachable", Tasks.body(REACHABLE::take)));
      awaitWait(sound.getLast(), Kind.PARK);
      sound.add(scheduler.go("sleeps", quietly(() -> Thread.sleep(SOON))));
      awaitWait(sound.getLast(), Kind.SLEEP);
      sound.add(scheduler.go("accepts", quietly(() -> socket.accept().close())));
      awaitWait(sound.getLast(), Kind.SOCKET);
      sound.add(
          scheduler.go(
              "waits",
              quietly(() -> {
                Object monitor = new Object();
                synchronized (monitor) {
                  while (!Thread.currentThread().isInterrupted()) {
                    monitor.wait();
                  }
                }
              })));
      awaitWait(sound.getLast(), Kind.OBJECT_WAIT);
      return sound;
    }

    private static Runnable quietly(Tasks.Body body) {
      return () -> {
        try {
          body.run();
        } catch (Exception ended) {
          // It was interrupted or closed.
        }
      };
    }

    private static void leak(Scheduler scheduler, AtomicInteger cleaned) throws Exception {
      LinkedBlockingQueue<Integer> queue = new LinkedBlockingQueue<>();
      CountDownLatch latch = new CountDownLatch(1);
      SynchronousQueue<Integer> handOff = new SynchronousQueue<>();
      leak(scheduler, "queue", cleaned, queue::take);
      leak(scheduler, "latch", cleaned, latch::await);
      leak(scheduler, "hand-off", cleaned, () -> handOff.put(1));
      ReentrantLock one = new ReentrantLock();
      ReentrantLock other = new ReentrantLock();
      CountDownLatch both = new CountDownLatch(2);
      Task first = scheduler.go("one", body(() -> lockBoth(one, other, both)));
      Task second = scheduler.go("other", body(() -> lockBoth(other, one, both)));
      both.await();
      Tasks.await("deadlock", () -> one.hasQueuedThread(second.thread()));
      Tasks.await("deadlock", () -> other.hasQueuedThread(first.thread()));
      awaitWait(first, Kind.PARK);
      awaitWait(second, Kind.PARK);
    }

    private static void leak(
        Scheduler scheduler, String name, AtomicInteger cleaned, Tasks.Body wait)
        throws InterruptedException {
      Task task =
          scheduler.go(
              name,
              quietly(() -> {
                try {
                  wait.run();
                } finally {
                  cleaned.incrementAndGet();
                }
              }));
      awaitWait(task, Kind.PARK);
    }

    private static void lockBoth(ReentrantLock mine, ReentrantLock theirs, CountDownLatch both)
        throws InterruptedException {
      mine.lock();
      both.countDown();
      both.await();
      theirs.lock();
    }
  }
}
