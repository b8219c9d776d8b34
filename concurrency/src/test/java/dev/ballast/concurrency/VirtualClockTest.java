package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sleeps and timed waits of the deterministic mode. */
@Timeout(60)
@DisplayNameGeneration(ReplaceUnderscores.class)
class VirtualClockTest {
  /** Sleeps that end in the same moment, and waits that are answered when they time out. */
  private static String order(long seed) throws InterruptedException {
    StringBuilder order = new StringBuilder();
    String choices =
        Schedules.run(
            seed,
            scheduler -> {
              ArrayBlockingQueue<Integer> queue = new ArrayBlockingQueue<>(1);
              Object monitor = new Object();
              for (int i = 0; i < 4; i++) {
                int number = i;
                scheduler.go(
                    Tasks.body(() -> {
                      Thread.sleep(2 + number % 2);
                      order.append('s').append(number);
                      Integer got = queue.poll(3 - number % 3, TimeUnit.MILLISECONDS);
                      order.append(got == null ? 't' : 'g').append(number);
                      if (number == 1) {
                        queue.offer(7);
                      }
                      synchronized (monitor) {
                        monitor.wait(2);
                      }
                      order.append('w').append(number);
                    }));
              }
            });
    return order + " by " + choices;
  }

  @Test
  void the_order_in_which_sleeps_and_timed_waits_end_is_the_seeds() throws Exception {
    Set<String> runs = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      runs.add(order(11));
    }
    assertThat(runs).hasSize(1);
    Set<String> others = new HashSet<>();
    for (int seed = 0; seed < 10; seed++) {
      others.add(order(seed));
    }
    assertThat(others).hasSizeGreaterThan(1);
  }

  @Test
  void a_sleep_of_a_task_takes_a_day_of_the_clock_and_no_time() throws Exception {
    long begun = System.nanoTime();
    Schedules.run(
        1,
        scheduler -> {
          long at = scheduler.nanoTime();
          Task.sleep(Duration.ofDays(1));
          assertThat(scheduler.nanoTime() - at)
              .isBetween(Duration.ofDays(1).toNanos(), Duration.ofHours(25).toNanos());
        });
    assertThat(System.nanoTime() - begun).isLessThan(Duration.ofHours(1).toNanos());
  }

  @Test
  void time_passes_for_those_who_give_way_and_never_wait() throws Exception {
    Schedules.run(
        1,
        scheduler -> {
          AtomicBoolean woke = new AtomicBoolean();
          scheduler.go(
              Tasks.body(() -> {
                Thread.sleep(1);
                woke.set(true);
              }));
          while (!woke.get()) {
            Task.checkpoint();
          }
        });
  }

  @Test
  void an_interrupt_ends_a_sleep() throws Exception {
    Schedules.run(
        3,
        scheduler -> {
          AtomicBoolean interrupted = new AtomicBoolean();
          Task sleeper =
              scheduler.go(() -> {
                try {
                  Task.sleep(Duration.ofSeconds(Long.MAX_VALUE));
                } catch (InterruptedException e) {
                  interrupted.set(true);
                }
              });
          Task.sleep(Duration.ofHours(1));
          sleeper.thread().interrupt();
          sleeper.join();
          assertThat(interrupted).isTrue();
        });
  }
}
