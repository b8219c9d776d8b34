package dev.ballast.concurrency.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Elements are removed from the middle while others come and go. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@SuppressWarnings("ThreadPriorityCheck") // two cores, up to five threads
class RemovalTest {
  private static final int ELEMENTS = Boolean.getBoolean("nightly") ? 1_000_000 : 20_000;
  private static final int SIZE = 5;

  @ParameterizedTest
  @EnumSource
  void an_element_is_either_polled_or_removed_once(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(SIZE);
    AtomicIntegerArray seen = new AtomicIntegerArray(ELEMENTS);
    AtomicInteger left = new AtomicInteger(ELEMENTS);
    List<Callable<Void>> parts = new ArrayList<>();
    int producers = member.manyProducers() ? 2 : 1;
    for (int p = 0; p < producers; p++) {
      int first = p;
      parts.add(() -> {
        for (int i = first; i < ELEMENTS; i += producers) {
          while (!queue.offer(i)) {
            Thread.yield();
          }
        }
        return null;
      });
    }
    if (member.manyConsumers()) {
      parts.add(() -> whileAny(left, () -> pollOne(queue, seen, left)));
      parts.add(() -> whileAny(left, () -> removeSome(queue, seen, left)));
      parts.add(() -> whileAny(left, () -> removeSome(queue, seen, left)));
    } else {
      parts.add(() ->
          whileAny(
              left,
              () -> {
                removeSome(queue, seen, left);
                pollOne(queue, seen, left);
              }));
    }

    Traffic.inParallel(parts);

    int[] counts = new int[ELEMENTS];
    Arrays.setAll(counts, seen::get);
    assertThat(counts).containsOnly(1);
    assertThat(queue.poll()).isNull();
    assertThat(queue.size()).isZero();
    assertThat(queue.isEmpty()).isTrue();
    if (member.bounded()) {
      for (int i = 0; i < SIZE; i++) {
        assertThat(queue.offer(i)).as("all room is back").isTrue();
      }
      assertThat(queue.offer(SIZE)).isFalse();
    }
  }

  private interface Turn {
    void take();
  }

  private static Void whileAny(AtomicInteger left, Turn turn) {
    while (left.get() > 0) {
      turn.take();
      Thread.yield();
    }
    return null;
  }

  private static void pollOne(
      ConcurrentQueue<Integer> queue, AtomicIntegerArray seen, AtomicInteger left) {
    Integer element = queue.poll();
    if (element != null) {
      seen.incrementAndGet(element);
      left.decrementAndGet();
    }
  }

  /** Every third, from where it stands. */
  private static void removeSome(
      ConcurrentQueue<Integer> queue, AtomicIntegerArray seen, AtomicInteger left) {
    for (Integer element : queue) {
      if (element % 3 == 0 && queue.remove(element)) {
        seen.incrementAndGet(element);
        left.decrementAndGet();
      }
    }
  }
}
