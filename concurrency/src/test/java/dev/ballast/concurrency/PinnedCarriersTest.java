package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks that do not leave their OS threads: in foreign code, and in loops. */
@Timeout(120)
@DisplayNameGeneration(ReplaceUnderscores.class)
class PinnedCarriersTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @Test
  void three_hundred_in_foreign_code_do_not_stop_the_others_if_the_bound_allows() throws Exception {
    int pinned = 300;
    AtomicInteger inside = new AtomicInteger();
    ReentrantLock lock = new ReentrantLock();
    lock.lock();
    try (Scheduler scheduler =
        Scheduler.start(Options.named("t").withParallelism(2).withMaxPinned(400))) {
      try {
        for (int i = 0; i < pinned; i++) {
          scheduler.go(() -> waitInForeignCode(inside, lock));
        }
        awaitLong("all are inside", () -> inside.get() == pinned);
        assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
        assertThat(scheduler.pinned().size()).isGreaterThanOrEqualTo(pinned - 2);
      } finally {
        lock.unlock();
      }
    }
  }

  @Test
  void when_the_bound_is_reached_the_log_says_who_pins_and_all_goes_on_after_one_has_left()
      throws Exception {
    List<String> said = new ArrayList<>();
    Handler handler = collecting(said);
    Logger logger = Logger.getLogger(PinnedReport.class.getName());
    logger.addHandler(handler);
    AtomicInteger inside = new AtomicInteger();
    ReentrantLock lock = new ReentrantLock();
    lock.lock();
    try (Scheduler scheduler =
        Scheduler.start(Options.named("t").withParallelism(1).withMaxPinned(3))) {
      try {
        for (int i = 0; i < 4; i++) {
          scheduler.go("pins-" + i, () -> waitInForeignCode(inside, lock));
        }
        awaitLong("all that may are inside", () -> inside.get() == 4);
        Task waits = scheduler.go(() -> {});
        awaitLong(
            "it is said",
            () -> {
              synchronized (said) {
                return said.stream().anyMatch(text -> text.contains("withMaxPinned"));
              }
            });
        synchronized (said) {
          assertThat(said.getLast()).contains("\"pins-").contains("3 tasks do not leave");
        }
        assertThat(scheduler.statistics()).contains("pinned=3/3");
        lock.unlock();
        assertThat(waits.join(SOON)).isTrue();
      } finally {
        if (lock.isHeldByCurrentThread()) {
          lock.unlock();
        }
      }
    } finally {
      logger.removeHandler(handler);
    }
  }

  @Test
  void a_bound_below_nothing_is_refused() {
    assertThatThrownBy(() -> Options.named("t").withMaxPinned(-1))
        .hasMessage("maxPinned is 0 or more, not -1");
  }

  @Test
  void sixty_loops_do_not_keep_a_new_task_waiting() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong begun = new AtomicLong();
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      try {
        for (int i = 0; i < 60; i++) {
          scheduler.go(() -> loop(begun, new AtomicLong(), stop));
        }
        assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
        assertThat(begun).hasValue(60);
      } finally {
        stop.set(true);
      }
    }
  }

  @Test
  void more_loops_than_may_pin_take_turns_and_the_others_go_on() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    List<AtomicLong> steps = new ArrayList<>();
    List<Task> loops = new ArrayList<>();
    try (Scheduler scheduler =
        Scheduler.start(Options.named("t").withParallelism(1).withMaxPinned(2))) {
      try {
        for (int i = 0; i < 8; i++) {
          AtomicLong own = new AtomicLong();
          steps.add(own);
          loops.add(scheduler.go("loop-" + i, () -> loop(new AtomicLong(), own, stop)));
        }
        for (int i = 0; i < 5; i++) {
          assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
        }
        for (AtomicLong each : steps) {
          long before = each.get();
          awaitLong("each has its turn", () -> each.get() > before);
        }
        // Their turns are nobody's suspensions.
        assertThat(loops).allSatisfy(loop -> assertThat(loop.suspensions()).isZero());
        // Who suspends one that waits for its turn has it until it is let go.
        for (Task each : loops) {
          try (Suspension _ = each.suspend(SOON)) {
            AtomicLong own = steps.get(loops.indexOf(each));
            long at = own.get();
            assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
            assertThat(own).hasValue(at);
          }
        }
      } finally {
        stop.set(true);
      }
    }
  }

  private static void loop(AtomicLong begun, AtomicLong steps, AtomicBoolean stop) {
    begun.incrementAndGet();
    while (!stop.get()) {
      steps.lazySet(steps.getPlain() + 1);
    }
  }

  private static void waitInForeignCode(AtomicInteger inside, ReentrantLock lock) {
    Foreign.upcall(() -> {
      inside.incrementAndGet();
      lock.lock();
      lock.unlock();
    });
  }

  private static Handler collecting(List<String> said) {
    return new Handler() {
      @Override
      public void publish(LogRecord message) {
        synchronized (said) {
          said.add(message.getMessage());
        }
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }

  private static void awaitLong(String what, java.util.function.BooleanSupplier condition)
      throws InterruptedException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      Thread.sleep(1);
    }
  }
}
