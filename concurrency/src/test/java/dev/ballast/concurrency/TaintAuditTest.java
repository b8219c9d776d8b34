package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.linux.thread.CurrentThread;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The kernel says whether what one task did to its OS thread reaches others. */
@Timeout(60)
@DisplayNameGeneration(ReplaceUnderscores.class)
class TaintAuditTest {
  private static int taintThisThread() {
    Task.lockOSThread();
    CurrentThread.allowingVirtual(() -> {
      CurrentThread.unshareFileSystemState();
      CurrentThread.chdir(Path.of("/proc"));
      CurrentThread.umask(0);
    });
    return CurrentThread.tid();
  }

  @Test
  void the_changed_thread_is_named_with_what_differs_and_no_other_is() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch started = new CountDownLatch(1);
    try (ForkJoinPool workers = new ForkJoinPool(2, new CleanWorkers(), null, false);
        Scheduler scheduler = Scheduler.start("audit", 2)) {
      FutureTask<Integer> tainted = new FutureTask<>(TaintAuditTest::taintThisThread);
      Task task =
          scheduler.go(
              "taints",
              () -> {
                tainted.run();
                // What the JDK starts for a task: its timer and its common pool.
                sleep();
                CompletableFuture.runAsync(() -> {}).join();
                new CompletableFuture<Void>()
                    .completeOnTimeout(null, 1, TimeUnit.MILLISECONDS)
                    .join();
                // And as the common pool's, when those that it had are gone.
                CompletableFuture.runAsync(() -> {}, workers).join();
                started.countDown();
                await(gate);
              });
      try {
        int tid = tainted.get(10, TimeUnit.SECONDS);
        scheduler.go(TaintAuditTest::sleep).join();
        assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(workers.getPoolSize()).isPositive();
        List<TaintAudit.Tainted> found = TaintAudit.scan();
        assertThat(found)
            .singleElement()
            .satisfies(one -> {
              assertThat(one.tid()).isEqualTo(tid);
              assertThat(one.differences()).containsKeys("cwd", "Umask");
              assertThat(one.differences().get("cwd")).startsWith("/proc, not ");
            });
      } finally {
        gate.countDown();
      }
      assertThat(task.join(SOON)).isTrue();
    }
  }

  @Test
  void a_thread_that_was_changed_on_purpose_says_why() throws Exception {
    try (Scheduler scheduler = Scheduler.start("audit", 1);
        OsThread thread = scheduler.openOsThread("own")) {
      FutureTask<Integer> done =
          scheduler.submit(() ->
              thread.call(() -> {
                CurrentThread.allowingVirtual(() -> {
                  CurrentThread.unshareFileSystemState();
                  CurrentThread.chdir(Path.of("/sys"));
                });
                thread.taint("works in /sys");
                return 1;
              }));
      assertThat(done.get(10, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(TaintAudit.scan())
          .filteredOn(one -> one.tid() == thread.tid())
          .singleElement()
          .asString()
          .contains("works in /sys", "cwd=/sys, not ");
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
