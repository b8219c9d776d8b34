package dev.ballast.concurrency.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(120)
class ParkingQueueTest {
  private static final int ELEMENTS = Boolean.getBoolean("nightly") ? 2_000_000 : 50_000;

  private static <E> ParkingQueue<E> parking(Family member, int size) {
    return new ParkingQueue<>(member.queue(size), 0);
  }

  @ParameterizedTest
  @EnumSource
  void no_wake_up_is_lost_without_any_spinning(Family member) {
    ParkingQueue<Long> queue = parking(member, 2);
    int producers = member.manyProducers() ? 2 : 1;
    int consumers = member.manyConsumers() ? 2 : 1;

    new Traffic(producers, consumers, ELEMENTS / producers)
        .through(queue::put, () -> queue.poll(20, TimeUnit.MILLISECONDS));
  }

  @ParameterizedTest
  @EnumSource
  void takers_get_all_and_then_the_end(Family member) throws Exception {
    ParkingQueue<Integer> queue = parking(member, 2);
    AtomicLong sum = new AtomicLong();
    List<CompletableFuture<Void>> takers = new ArrayList<>();
    for (int t = 0; t < (member.manyConsumers() ? 3 : 1); t++) {
      takers.add(running(Thread.ofPlatform().factory(), () -> takeUntilClosed(queue, sum)));
    }

    for (int i = 1; i <= 1000; i++) {
      queue.put(i);
    }
    queue.close();

    for (CompletableFuture<Void> taker : takers) {
      taker.get(60, TimeUnit.SECONDS);
    }
    assertThat(sum.get()).isEqualTo(1000 * 1001 / 2);
    assertThatThrownBy(() -> queue.put(1)).isInstanceOf(QueueClosedException.class);
    assertThatThrownBy(queue::take).isInstanceOf(QueueClosedException.class);
    assertThat(queue.poll(1, TimeUnit.DAYS)).isNull();
  }

  private static @org.jspecify.annotations.Nullable Void takeUntilClosed(
      ParkingQueue<Integer> queue, AtomicLong sum) throws InterruptedException {
    while (true) {
      try {
        sum.addAndGet(queue.take());
      } catch (QueueClosedException e) {
        return null;
      }
    }
  }

  @Test
  void closing_wakes_a_putter() throws Exception {
    ParkingQueue<Integer> queue = parking(Family.MPMC_ARRAY_STRICT, 1);
    queue.put(1);
    Thread[] putter = new Thread[1];
    CompletableFuture<Void> putting =
        running(
            task -> putter[0] = new Thread(task),
            () -> {
              queue.put(2);
              return null;
            });
    awaitWaiting(putter[0]);

    queue.close();

    assertThatThrownBy(() -> putting.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueClosedException.class);
    assertThat(queue.take()).isEqualTo(1);
  }

  @Test
  void a_waiting_taker_is_parked_and_not_running() throws Exception {
    ParkingQueue<Integer> queue = parking(Family.MPMC_UNBOUNDED, 16);
    Thread[] taker = new Thread[1];
    CompletableFuture<Void> taking =
        running(
            task -> taker[0] = new Thread(task),
            () -> {
              assertThat(queue.take()).isEqualTo(7);
              return null;
            });

    awaitWaiting(taker[0]);
    queue.put(7);

    taking.get(60, TimeUnit.SECONDS);
  }

  @Test
  void more_virtual_threads_than_carriers_can_wait() throws Exception {
    ParkingQueue<Integer> queue = parking(Family.MPMC_ARRAY_STRICT, 2);
    AtomicLong sum = new AtomicLong();
    List<CompletableFuture<Void>> takers = new ArrayList<>();
    for (int t = 0; t < 500; t++) {
      takers.add(running(Thread.ofVirtual().factory(), () -> takeUntilClosed(queue, sum)));
    }

    CompletableFuture<Void> putting =
        running(
            Thread.ofVirtual().factory(),
            () -> {
              for (int i = 1; i <= 10_000; i++) {
                queue.put(i);
              }
              queue.close();
              return null;
            });

    putting.get(60, TimeUnit.SECONDS);
    for (CompletableFuture<Void> taker : takers) {
      taker.get(60, TimeUnit.SECONDS);
    }
    assertThat(sum.get()).isEqualTo(10_000L * 10_001 / 2);
  }

  @ParameterizedTest
  @EnumSource(names = {"MPMC_ARRAY_STRICT", "MPMC_ARRAY_RELAXED", "MPMC_UNBOUNDED", "MPMC_LINKED"})
  void interruptions_lose_no_element(Family member) throws Exception {
    ParkingQueue<Integer> queue = parking(member, 2);
    int elements = ELEMENTS / 5;
    AtomicInteger taken = new AtomicInteger();
    AtomicInteger interruptions = new AtomicInteger();
    AtomicLong sum = new AtomicLong();
    Callable<Void> taking =
        () -> {
          while (true) {
            try {
              sum.addAndGet(queue.take());
              taken.incrementAndGet();
            } catch (InterruptedException e) {
              interruptions.incrementAndGet();
            } catch (QueueClosedException e) {
              return null;
            }
          }
        };
    Thread[] victims = new Thread[2];
    List<CompletableFuture<Void>> takers = new ArrayList<>();
    for (int v = 0; v < victims.length; v++) {
      int place = v;
      takers.add(running(task -> victims[place] = new Thread(task), taking));
    }
    CompletableFuture<Void> putting =
        running(
            Thread.ofPlatform().factory(),
            () -> {
              for (int i = 1; i <= elements; i++) {
                queue.put(i);
              }
              return null;
            });

    for (int i = 0; !putting.isDone() || interruptions.get() == 0; i++) {
      victims[i % victims.length].interrupt();
      Thread.onSpinWait();
    }
    queue.close();

    for (CompletableFuture<Void> taker : takers) {
      taker.get(60, TimeUnit.SECONDS);
    }
    assertThat(taken.get()).isEqualTo(elements);
    assertThat(sum.get()).isEqualTo((long) elements * (elements + 1) / 2);
  }

  @ParameterizedTest
  @EnumSource
  void an_interrupted_taker_leaves_the_element_to_the_next(Family member) throws Exception {
    ParkingQueue<Integer> queue = parking(member, 2);
    Thread[] taker = new Thread[1];
    CompletableFuture<Void> taking =
        running(
            task -> taker[0] = new Thread(task),
            () -> {
              queue.take();
              return null;
            });
    awaitWaiting(taker[0]);

    taker[0].interrupt();

    assertThatThrownBy(() -> taking.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(InterruptedException.class);
    queue.put(1);
    assertThat(queue.poll(60, TimeUnit.SECONDS)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void closing_wakes_a_taker(Family member) throws Exception {
    ParkingQueue<Integer> queue = parking(member, 2);
    Thread[] taker = new Thread[1];
    CompletableFuture<Void> taking =
        running(
            task -> taker[0] = new Thread(task),
            () -> {
              queue.take();
              return null;
            });
    awaitWaiting(taker[0]);

    queue.close();

    assertThatThrownBy(() -> taking.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueClosedException.class);
  }

  @ParameterizedTest
  @EnumSource
  void a_timed_wait_ends(Family member) throws InterruptedException {
    ParkingQueue<Integer> queue = parking(member, 1);

    assertThat(queue.poll(1, TimeUnit.MILLISECONDS)).isNull();
    assertThat(queue.offer(1, 1, TimeUnit.MILLISECONDS)).isTrue();
    if (member.bounded()) {
      while (queue.remainingCapacity() > 0) {
        queue.put(2);
      }
      assertThat(queue.offer(2, 1, TimeUnit.MILLISECONDS)).isFalse();
    }
    assertThat(queue.poll(0, TimeUnit.MILLISECONDS)).isEqualTo(1);
  }

  @Test
  void drains_into_collections_as_blocking_queues_do() {
    ParkingQueue<Integer> queue = parking(Family.MPMC_ARRAY_STRICT, 4);
    queue.addAll(List.of(1, 2, 3));
    List<Integer> to = new ArrayList<>();

    assertThat(queue.remainingCapacity()).isEqualTo(1);
    assertThat(queue.drainTo(to, 2)).isEqualTo(2);
    assertThat(queue.drainTo(to)).isEqualTo(1);
    assertThat(to).containsExactly(1, 2, 3);
    assertThatThrownBy(() -> queue.drainTo(queue)).isInstanceOf(IllegalArgumentException.class);
  }

  private static CompletableFuture<Void> running(ThreadFactory threads, Callable<Void> work) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    threads
        .newThread(() -> {
          try {
            work.call();
            end.complete(null);
          } catch (Throwable e) {
            end.completeExceptionally(e);
          }
        })
        .start();
    return end;
  }

  private static void awaitWaiting(Thread thread) {
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }
}
