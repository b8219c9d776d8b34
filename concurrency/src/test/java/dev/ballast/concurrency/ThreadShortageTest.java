package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** OS threads that cannot be started at first. Under the kernel's own limit: ThreadLimitIT. */
@Timeout(60)
@DisplayNameGeneration(ReplaceUnderscores.class)
class ThreadShortageTest {
  @Test
  void a_failed_start_is_told_and_tried_again_until_it_succeeds() throws Exception {
    StartFailures failures = new StartFailures("t");
    AtomicInteger attempts = new AtomicInteger();
    CountDownLatch failedOften = new CountDownLatch(3);
    AtomicBoolean threadsAreThere = new AtomicBoolean();
    CountDownLatch started = new CountDownLatch(1);
    TemplateThread.startUntilItRuns(
        failures,
        () -> true,
        () -> {
          attempts.incrementAndGet();
          if (!threadsAreThere.get()) {
            failedOften.countDown();
            throw new OutOfMemoryError("unable to create native thread");
          }
          started.countDown();
        });
    assertThat(failedOften.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(failures.shortage())
        .hasValueSatisfying(text ->
            assertThat(text)
                .contains("scheduler t cannot start 1 of its OS threads")
                .contains("unable to create native thread")
                .contains("ulimit -u"));
    threadsAreThere.set(true);
    assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
    Tasks.await("the shortage is over", () -> failures.shortage().isEmpty());
    assertThat(attempts.get()).isGreaterThanOrEqualTo(4);
  }

  @Test
  void one_that_is_wanted_no_more_is_given_up() throws Exception {
    StartFailures failures = new StartFailures("t");
    AtomicBoolean wanted = new AtomicBoolean(true);
    TemplateThread.startUntilItRuns(
        failures,
        wanted::get,
        () -> {
          throw new OutOfMemoryError("none");
        });
    Tasks.await("it failed", () -> failures.shortage().isPresent());
    wanted.set(false);
    Tasks.await("it is given up", () -> failures.shortage().isEmpty());
  }

  @Test
  void others_start_while_one_is_tried_again() throws Exception {
    AtomicBoolean wanted = new AtomicBoolean(true);
    TemplateThread.startUntilItRuns(
        new StartFailures("without threads"),
        wanted::get,
        () -> {
          throw new OutOfMemoryError("none");
        });
    List<Task> tasks = new ArrayList<>();
    try (Scheduler scheduler = Scheduler.start("t", 2)) {
      for (int i = 0; i < 10; i++) {
        tasks.add(
            scheduler.go(() -> {
              Task.lockOSThread();
            }));
      }
      for (Task task : tasks) {
        Tasks.ended(task);
      }
      assertThat(scheduler.shortage()).isEmpty();
    } finally {
      wanted.set(false);
    }
  }
}
