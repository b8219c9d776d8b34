package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What suspensions and durations say is so at that moment, in every mode. */
@Timeout(60)
@DisplayNameGeneration(ReplaceUnderscores.class)
class SuspensionTruthTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void counts_are_right_when_close_returns_whoever_closes() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong steps = new AtomicLong();
    CountDownLatch runs = new CountDownLatch(1);
    try (Scheduler scheduler = Scheduler.start("t", 2)) {
      Task loop =
          scheduler.go(() -> {
            runs.countDown();
            while (!stop.get()) {
              steps.lazySet(steps.getPlain() + 1);
            }
          });
      try {
        runs.await();
        for (int i = 0; i < 30; i++) {
          Suspension held = loop.suspend(SOON);
          assertThat(loop.suspensions()).isEqualTo(1);
          assertThat(held.by()).contains(Thread.currentThread());
          held.close();
          assertThat(loop.suspensions()).isZero();
          List<Integer> seen =
              scheduler
                  .submit(() -> {
                    Suspension one = loop.suspend(SOON);
                    Suspension two = loop.suspend(SOON);
                    int both = loop.suspensions();
                    one.close();
                    int left = loop.suspensions();
                    two.close();
                    return List.of(both, left, loop.suspensions());
                  })
                  .get(20, TimeUnit.SECONDS);
          assertThat(seen).containsExactly(2, 1, 0);
        }
        long at = steps.get();
        Tasks.await("it runs on", () -> steps.get() != at);
      } finally {
        stop.set(true);
      }
    }
  }

  @Test
  void suspended_again_before_it_was_let_run_on_it_stays_stopped() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong steps = new AtomicLong();
    CountDownLatch runs = new CountDownLatch(1);
    try (Scheduler scheduler = Scheduler.start("t", 2)) {
      Task loop =
          scheduler.go(() -> {
            runs.countDown();
            while (!stop.get()) {
              steps.lazySet(steps.getPlain() + 1);
            }
          });
      try {
        runs.await();
        Boolean held =
            scheduler
                .submit(() -> {
                  for (int i = 0; i < 200; i++) {
                    loop.suspend(SOON).close();
                    try (Suspension _ = loop.suspend(SOON)) {
                      long at = steps.get();
                      Thread.sleep(Duration.ofNanos(100_000));
                      if (steps.get() != at) {
                        return false;
                      }
                    }
                  }
                  return true;
                })
                .get(50, TimeUnit.SECONDS);
        assertThat(held).isTrue();
      } finally {
        stop.set(true);
      }
    }
  }

  @Test
  void foreign_code_that_runs_on_is_told_and_its_end_can_be_waited_for() throws Exception {
    Foreign.Pipe pipe = Foreign.Pipe.open();
    try (Scheduler scheduler = Scheduler.start("t", 2)) {
      CountDownLatch runs = new CountDownLatch(1);
      AtomicBoolean after = new AtomicBoolean();
      Task foreign =
          scheduler.go(() -> {
            runs.countDown();
            pipe.read();
            after.set(true);
          });
      runs.await();
      Tasks.await("it waits in the kernel", foreign::blocksCarrier);
      try (Suspension held = foreign.suspend(SOON)) {
        assertThat(held.inNative()).isTrue();
        assertThat(held.awaitStoppedInJava(Duration.ZERO)).isFalse();
        assertThat(held.awaitStoppedInJava(Duration.ofMillis(5))).isFalse();
        // A task can ask too.
        assertThat(scheduler.submit(held::inNative).get(20, TimeUnit.SECONDS)).isTrue();
        pipe.write();
        assertThat(held.awaitStoppedInJava(SOON)).isTrue();
        assertThat(held.inNative()).isFalse();
        assertThat(after).isFalse();
      }
      Tasks.ended(foreign);
      assertThat(after).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"native", "portable", "deterministic"})
  void a_parked_task_is_not_in_native(String mode) throws Exception {
    try (Scheduler scheduler = Scheduler.start(Tasks.inMode(mode, Options.named("t")))) {
      AtomicBoolean stop = new AtomicBoolean();
      Task task =
          scheduler.go(() -> {
            while (!stop.get()) {
              Task.checkpoint();
              Thread.yield();
            }
          });
      try (Suspension held = task.suspend(SOON)) {
        assertThat(held.inNative()).isFalse();
        assertThat(held.awaitStoppedInJava(SOON)).isTrue();
      }
      stop.set(true);
      Tasks.ended(task);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"native", "portable", "deterministic"})
  void durations_of_any_size_are_taken(String mode) throws Exception {
    Duration forEver = Duration.ofSeconds(Long.MAX_VALUE);
    Duration past = Duration.ofSeconds(Long.MIN_VALUE);
    Options options =
        Tasks.inMode(mode, Options.named("t").withPreemptAfter(forEver).withParallelism(2));
    try (Scheduler scheduler = Scheduler.start(options)) {
      AtomicBoolean stop = new AtomicBoolean();
      Task task =
          scheduler.go(() -> {
            while (!stop.get()) {
              Task.checkpoint();
              Thread.yield();
            }
          });
      assertThat(task.join(past)).isFalse();
      task.suspend(forEver).close();
      scheduler.suspendAll(List.of(task), forEver).close();
      scheduler.snapshot(List.of(task), forEver).close();
      assertThat(scheduler.<Integer>stopTheWorld(forEver, () -> 7)).isEqualTo(7);
      stop.set(true);
      assertThat(task.join(forEver)).isTrue();
      assertThat(task.join(past)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"native", "portable", "deterministic"})
  void what_forks_inside_a_call_on_an_OS_thread_ends(String mode) throws Exception {
    try (Scheduler scheduler =
            Scheduler.start(Tasks.inMode(mode, Options.named("t").withParallelism(2)));
        OsThread thread = scheduler.openOsThread("forks")) {
      int sum =
          scheduler
              .submit(() ->
                  thread.call(() -> {
                    CountDownLatch elsewhere = new CountDownLatch(1);
                    ForkJoinTask<Integer> forked =
                        ForkJoinTask.adapt(
                                () -> {
                                  elsewhere.countDown();
                                  return 3;
                                })
                            .fork();
                    // Somebody else runs it: this one waits for that, not by helping.
                    elsewhere.await();
                    return forked.join() + 4;
                  }))
              .get(20, TimeUnit.SECONDS);
      assertThat(sum).isEqualTo(7);
    }
  }

  /** It was a Callable, so it ran in the task of a future that nobody looked at. */
  @Test
  void a_lambda_that_never_returns_is_a_task() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      Task task =
          scheduler.go(() -> {
            while (true) {
              if (Thread.currentThread().isInterrupted()) {
                throw new IllegalStateException("over");
              }
              Task.checkpoint();
            }
          });
      scheduler.uncaught((_, _) -> {});
      task.thread().setUncaughtExceptionHandler((_, _) -> {});
      task.thread().interrupt();
      Tasks.ended(task);
    }
  }
}
