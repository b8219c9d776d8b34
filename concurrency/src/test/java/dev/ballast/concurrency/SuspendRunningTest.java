package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Asynchronous safe points: loops that give no way. */
@Timeout(60)
@DisplayNameGeneration(ReplaceUnderscores.class)
class SuspendRunningTest {
  /** Counts where others can see it, and calls nothing. */
  private static final class Loop implements Runnable {
    final AtomicLong steps = new AtomicLong();
    final AtomicBoolean stop = new AtomicBoolean();
    final CountDownLatch runs = new CountDownLatch(1);

    @Override
    public void run() {
      runs.countDown();
      while (!stop.get()) {
        steps.lazySet(steps.getPlain() + 1);
      }
    }
  }

  @Test
  void a_loop_without_checkpoints_stops_and_runs_on() throws Exception {
    Loop loop = new Loop();
    try (Scheduler scheduler = Scheduler.start("t", 2)) {
      Task task = scheduler.go("loop", loop);
      try {
        loop.runs.await();
        for (int i = 0; i < 20; i++) {
          long at;
          try (Suspension held = task.suspend(SOON)) {
            at = loop.steps.get();
            assertThat(held.mounted()).isTrue();
            assertThat(held.frames())
                .anySatisfy(frame -> assertThat(frame.at().getClassName()).contains("Loop"));
            // Its OS thread is taken, but others run.
            assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
            assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
            assertThat(loop.steps).hasValue(at);
          }
          long deadline = System.nanoTime() + SOON.toNanos();
          while (loop.steps.get() == at) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
          }
        }
      } finally {
        loop.stop.set(true);
      }
    }
  }

  @Test
  void suspensions_of_a_loop_nest() throws Exception {
    Loop loop = new Loop();
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      Task task = scheduler.go("loop", loop);
      try {
        loop.runs.await();
        Suspension one = task.suspend(SOON);
        try (Suspension _ = task.suspend(SOON)) {
          long at = loop.steps.get();
          one.close();
          assertThat(task.suspensions()).isEqualTo(1);
          assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
          assertThat(loop.steps).hasValue(at);
        }
      } finally {
        loop.stop.set(true);
      }
      assertThat(task.join(SOON)).isTrue();
    }
  }

  @Test
  void more_loops_than_OS_threads_are_all_stopped_together() throws Exception {
    List<Loop> loops = new ArrayList<>();
    try (Scheduler scheduler = Scheduler.start("t", 2)) {
      try {
        for (int i = 0; i < 6; i++) {
          Loop loop = new Loop();
          loops.add(loop);
          scheduler.go("loop", loop);
        }
        for (int round = 0; round < 5; round++) {
          try (Snapshot all = scheduler.suspendAll(scheduler.tasks(), SOON)) {
            long[] at = loops.stream().mapToLong(loop -> loop.steps.get()).toArray();
            assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
            assertThat(loops.stream().mapToLong(loop -> loop.steps.get()).toArray())
                .containsExactly(at);
            assertThat(all.suspensions()).hasSize(6);
          }
        }
      } finally {
        loops.forEach(loop -> loop.stop.set(true));
      }
    }
  }

  @Test
  void a_locked_loop_stops_too() throws Exception {
    Loop loop = new Loop();
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      Task task =
          scheduler.go(() -> {
            Task.lockOSThread();
            loop.run();
          });
      try {
        loop.runs.await();
        try (Suspension held = task.suspend(SOON)) {
          long at = loop.steps.get();
          assertThat(scheduler.go(() -> {}).join(SOON)).isTrue();
          assertThat(loop.steps).hasValue(at);
          assertThatThrownBy(held::roots).hasMessage("unavailable: mounted");
        }
      } finally {
        loop.stop.set(true);
      }
      assertThat(task.join(SOON)).isTrue();
    }
  }

  /** The JVM is asked by platform threads themselves, and for tasks by a thread of ours. */
  @Test
  void threads_and_tasks_hold_the_same_loop_in_turn_and_together() throws Exception {
    Loop loop = new Loop();
    List<Throwable> wrong = new CopyOnWriteArrayList<>();
    try (Scheduler scheduler = Scheduler.start("t", 2)) {
      Task task = scheduler.go("loop", loop);
      try {
        loop.runs.await();
        Runnable holder =
            () -> {
              try {
                for (int i = 0; i < 50; i++) {
                  try (Suspension held = task.suspend(SOON)) {
                    long at = loop.steps.get();
                    assertThat(held.mounted()).isTrue();
                    Thread.sleep(Duration.ofNanos(50_000));
                    assertThat(loop.steps).hasValue(at);
                  }
                }
              } catch (Exception | AssertionError e) {
                wrong.add(e);
              }
            };
        List<Thread> holders = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          holders.add(Thread.ofPlatform().unstarted(holder));
          holders.add(scheduler.threadFactory().newThread(holder));
        }
        holders.forEach(Thread::start);
        for (Thread each : holders) {
          assertThat(each.join(Duration.ofSeconds(30))).isTrue();
        }
        assertThat(wrong).isEmpty();
        // What a task lets go, a thread of ours does soon after.
        Tasks.await("nobody holds it", () -> task.suspensions() == 0);
        Tasks.await("it runs on", new Moved(loop.steps));
      } finally {
        loop.stop.set(true);
      }
      Tasks.ended(task);
    }
  }

  /** True when a count is not what it was. */
  private record Moved(AtomicLong count, long from) implements BooleanSupplier {
    Moved(AtomicLong count) {
      this(count, count.get());
    }

    @Override
    public boolean getAsBoolean() {
      return count.get() != from;
    }
  }
}
