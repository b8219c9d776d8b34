package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Serializable;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Spliterator;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Size, emptiness, room, streams: what a queue says about itself while others use it. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@SuppressWarnings("ThreadPriorityCheck") // two cores
class WhatTheNumbersSayTest {
  private static final int ROUNDS = Boolean.getBoolean("nightly") ? 10_000_000 : 300_000;

  @ParameterizedTest
  @EnumSource
  void the_size_is_never_more_than_there_was(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(64);
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger most = new AtomicInteger();

    Traffic.inParallel(
        List.of(
            () -> {
              for (int i = 0; i < ROUNDS; i++) {
                queue.offer(i);
                queue.poll();
              }
              done.set(true);
              return null;
            },
            () -> {
              while (!done.get()) {
                most.accumulateAndGet(queue.size(), Math::max);
              }
              return null;
            }));

    assertThat(most.get()).isLessThanOrEqualTo(1);
    assertThat(queue.size()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void the_only_consumer_polls_an_element_where_the_queue_is_not_empty(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(64);
    int producers = member.manyProducers() ? 2 : 1;
    int each = ROUNDS / 4;
    List<Callable<Void>> parts = new ArrayList<>();
    for (int p = 0; p < producers; p++) {
      parts.add(() -> {
        for (int i = 0; i < each; i++) {
          while (!queue.offer(i)) {
            Thread.yield();
          }
        }
        return null;
      });
    }
    parts.add(() -> {
      for (int taken = 0; taken < producers * each; ) {
        while (!queue.isEmpty()) {
          Objects.requireNonNull(queue.poll(), "not empty, and nothing to poll");
          taken++;
        }
        if (queue.peek() != null) {
          assertThat(queue.isEmpty()).isFalse();
          assertThat(queue.size()).isPositive();
        }
        Thread.yield();
      }
      return null;
    });

    Traffic.inParallel(parts);

    assertThat(queue.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void a_stream_of_a_live_queue_ends_well(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(64);
    AtomicBoolean done = new AtomicBoolean();

    assertThat(queue.spliterator().hasCharacteristics(Spliterator.CONCURRENT)).isTrue();
    assertThat(queue.spliterator().hasCharacteristics(Spliterator.NONNULL | Spliterator.ORDERED))
        .isTrue();
    assertThat(queue.spliterator().hasCharacteristics(Spliterator.SIZED)).isFalse();
    Traffic.inParallel(
        List.of(
            () -> {
              for (int i = 0; i < ROUNDS / 10; i++) {
                queue.offer(i);
                queue.offer(i);
                queue.poll();
                queue.poll();
              }
              done.set(true);
              return null;
            },
            () -> {
              while (!done.get()) {
                assertThat(queue.stream().toList()).hasSizeLessThanOrEqualTo(64);
                assertThat(queue.stream().noneMatch(Objects::isNull)).isTrue();
              }
              return null;
            }));
    queue.offer(1);
    queue.offer(2);
    assertThat(queue.stream().toList()).containsExactly(1, 2);
    assertThat(Queues.bounded(4).buildParking().spliterator().hasCharacteristics(Spliterator.SIZED))
        .isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void as_many_fit_as_the_remaining_capacity_says(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(4);
    if (!member.bounded()) {
      assertThat(queue.remainingCapacity()).isEqualTo(Integer.MAX_VALUE);
      return;
    }
    for (int removed = 0; removed < 4; removed++) {
      for (int i = 0; i < 4; i++) {
        assertThat(queue.offer(i)).isTrue();
      }
      queue.remove(removed);
      int room = queue.remainingCapacity();
      assertThat(queue.size()).isEqualTo(3);
      int fitted = 0;
      while (queue.offer(7)) {
        fitted++;
      }
      assertThat(fitted).as("removed " + removed).isEqualTo(room);
      queue.clear();
      assertThat(queue.remainingCapacity()).isEqualTo(4);
    }
    queue.close();
    assertThat(queue.remainingCapacity()).isZero();
  }

  @Test
  void a_pool_whose_cancelled_tasks_are_purged_takes_as_many_as_its_queue_says() throws Exception {
    ParkingQueue<Runnable> queue = Queues.bounded(8).buildParking();
    try (queue) {
      ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 1, TimeUnit.MINUTES, queue);
      AtomicBoolean go = new AtomicBoolean();
      pool.execute(() -> {
        while (!go.get()) {
          Thread.yield();
        }
      });
      List<Future<?>> waiting = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        waiting.add(pool.submit(() -> {}));
      }
      waiting.subList(1, 8).forEach(task -> task.cancel(false));
      pool.purge();
      int room = queue.remainingCapacity();
      for (int i = 0; i < room; i++) {
        pool.execute(() -> {});
      }
      assertThat(queue.size()).isEqualTo(1 + room);
      go.set(true);
      pool.shutdown();
      assertThat(pool.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    }
  }

  /** Where each pair costs more than the one before, this takes hours. */
  @ParameterizedTest
  @EnumSource
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void removal_costs_the_same_after_a_million_others(Family member) {
    for (boolean behindOne : new boolean[] {false, true}) {
      ConcurrentQueue<Integer> queue = member.queue(member.bounded() ? 64 : 1024);
      if (behindOne && member.bounded()) {
        continue;
      }
      if (behindOne) {
        queue.offer(-1);
      }
      for (int i = 0; i < 1_000_000; i++) {
        assertThat(queue.offer(i) && queue.remove(i)).isTrue();
      }
      assertThat(queue.size()).isEqualTo(behindOne ? 1 : 0);
      assertThat(queue.poll()).isEqualTo(behindOne ? -1 : null);
      queue.offer(5);
      assertThat(queue.poll()).isEqualTo(5);
      assertThat(queue.isEmpty()).isTrue();
      assertThat(queue.size()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_element_that_a_target_refuses_stays_first(Family member) throws Exception {
    ParkingQueue<Integer> queue = new ParkingQueue<>(member.queue(8));
    for (int i = 0; i < 4; i++) {
      queue.put(i);
    }
    List<Integer> target =
        new AbstractList<>() {
          private final List<Integer> accepted = new ArrayList<>();

          @Override
          public boolean add(Integer element) {
            if (element == 2) {
              throw new IllegalStateException("not 2");
            }
            return accepted.add(element);
          }

          @Override
          public Integer get(int index) {
            return accepted.get(index);
          }

          @Override
          public int size() {
            return accepted.size();
          }
        };

    assertThatThrownBy(() -> queue.drainTo(target)).hasMessage("not 2");

    assertThat(target).containsExactly(0, 1);
    assertThat(queue).containsExactly(2, 3);
    assertThat(queue.size()).isEqualTo(2);
    assertThat(queue.contains(2)).isTrue();
    assertThat(queue.peek()).isEqualTo(2);
    assertThat(queue.take()).isEqualTo(2);
    assertThatThrownBy(
            () -> {
              queue.add(2);
              queue.drainTo(target);
            })
        .hasMessage("not 2");
    assertThat(target).containsExactly(0, 1, 3);
    assertThat(queue.remove(2)).isTrue();
    assertThat(queue.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void a_queue_is_closed_by_try_with_resources_and_is_not_serializable(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(4);
    try (queue) {
      queue.offer(1);
    }
    assertThat(queue.isClosed()).isTrue();
    assertThat(queue.poll()).isEqualTo(1);
    assertThat(queue).isNotInstanceOf(Serializable.class);
  }
}
