package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.await;
import static dev.ballast.concurrency.Tasks.body;
import static dev.ballast.concurrency.Tasks.ended;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.linux.thread.CurrentThread;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Timer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a library starts on a changed OS thread, without anybody's help; the kernel says. */
@Timeout(60)
@DisplayNameGeneration(ReplaceUnderscores.class)
class ThreadStartsTest {
  private static final Path CWD = Path.of("/proc/thread-self/cwd");

  private static void change() {
    CurrentThread.allowingVirtual(() -> {
      CurrentThread.unshareFileSystemState();
      CurrentThread.chdir(Path.of("/proc"));
      CurrentThread.umask(0);
    });
  }

  private static List<String> tainted() {
    return TaintAudit.scan().stream().map(TaintAudit.Tainted::name).toList();
  }

  @Test
  void a_selector_a_timer_a_pool_and_a_reaper_that_start_in_a_locked_task_are_clean()
      throws Exception {
    try (Scheduler scheduler = Scheduler.start("starts", 2)) {
      Task task =
          scheduler.go(
              "taints",
              body(() -> {
                Task.lockOSThread();
                change();
                assertThat(Files.readSymbolicLink(CWD)).isEqualTo(Path.of("/proc"));
                Timer timer = new Timer("library-timer");
                try (HttpClient client = HttpClient.newHttpClient();
                    ExecutorService pool = Executors.newFixedThreadPool(2)) {
                  assertThat(client.executor()).isEmpty();
                  pool.submit(() -> {}).get();
                  Process child = new ProcessBuilder("true").start();
                  assertThat(child.waitFor()).isZero();
                  assertThat(
                          Thread.getAllStackTraces().keySet().stream()
                              .map(Thread::getName)
                              .filter(name -> name.matches("HttpClient.*|library-timer|pool-.*")))
                      .hasSizeGreaterThanOrEqualTo(3);
                  assertThat(tainted()).hasSize(1);
                } finally {
                  timer.cancel();
                }
              }));
      ended(task);
      await("all are clean again", () -> tainted().isEmpty());
    }
  }

  @Test
  void what_starts_on_a_shared_OS_thread_is_clean() throws Exception {
    for (Options options : List.of(Options.named("o"), Options.named("p").portable())) {
      try (Scheduler scheduler = Scheduler.start(options);
          OsThread own = scheduler.openOsThread("own")) {
        AtomicReference<Path> seen = new AtomicReference<>();
        FutureTask<Path> here =
            scheduler.submit(() ->
                own.call(() -> {
                  change();
                  Thread started = new Thread(body(() -> seen.set(Files.readSymbolicLink(CWD))));
                  started.start();
                  started.join();
                  return Files.readSymbolicLink(CWD);
                }));
        assertThat(here.get(10, TimeUnit.SECONDS)).isEqualTo(Path.of("/proc"));
        assertThat(seen.get()).isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/cwd")));
      }
    }
  }

  @Test
  void a_start_keeps_the_permit_and_the_interrupt_of_the_task() throws Exception {
    try (Scheduler scheduler = Scheduler.start("starts", 1)) {
      AtomicBoolean kept = new AtomicBoolean();
      Task task =
          scheduler.go(
              body(() -> {
                Task.lockOSThread();
                LockSupport.unpark(Thread.currentThread());
                Thread one = new Thread(() -> {});
                one.start();
                // For ever, if the permit was used up.
                LockSupport.park();
                Thread.currentThread().interrupt();
                Thread two = new Thread(() -> {});
                two.start();
                kept.set(Thread.interrupted());
                one.join();
                two.join();
              }));
      ended(task);
      assertThat(kept).isTrue();
    }
  }

  @Test
  void where_no_thread_is_to_be_had_start_throws_as_ever() throws Exception {
    try (Scheduler scheduler = Scheduler.start("starts", 1)) {
      FutureTask<Integer> refused =
          scheduler.submit(() -> {
            Task.lockOSThread();
            return refusals();
          });
      assertThat(refused.get(30, TimeUnit.SECONDS)).isEqualTo(3);
      // And on a thread that is no task.
      assertThat(refusals()).isEqualTo(3);
      Thread twice = new Thread(() -> {});
      twice.start();
      assertThatThrownBy(twice::start).isInstanceOf(IllegalThreadStateException.class);
      twice.join();
    }
  }

  /** More than a process can address: refused whatever vm.overcommit_memory is. */
  private static final long TOO_BIG = 1L << 48;

  private static int refusals() {
    int refused = 0;
    for (int i = 0; i < 3; i++) {
      Thread thread = new Thread(null, () -> {}, "too big", TOO_BIG);
      try {
        thread.start();
      } catch (OutOfMemoryError e) {
        assertThat(e).hasMessageContaining("unable to create native thread");
        assertThat(thread.getState()).isEqualTo(Thread.State.NEW);
        refused++;
      }
    }
    return refused;
  }

  @Test
  void many_tasks_that_are_locked_start_many_at_once() throws Exception {
    AtomicInteger ran = new AtomicInteger();
    CountDownLatch go = new CountDownLatch(1);
    try (Scheduler scheduler = Scheduler.start("starts", 2)) {
      assertThat(scheduler.capabilities().has(Capability.CLEAN_STARTS)).isTrue();
      for (int i = 0; i < 8; i++) {
        scheduler.go(
            body(() -> {
              Task.lockOSThread();
              go.await();
              for (int n = 0; n < 50; n++) {
                Thread started = new Thread(ran::incrementAndGet);
                started.start();
                started.join();
              }
            }));
      }
      go.countDown();
    }
    assertThat(ran).hasValue(400);
  }
}
