package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.BooleanSupplier;
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
    int[] expected = new int[ELEMENTS];
    Load load = new Load(ELEMENTS);
    List<Callable<Void>> parts = new ArrayList<>();
    int producers = member.manyProducers() ? 2 : 1;
    for (int p = 0; p < producers; p++) {
      int first = p;
      parts.add(() -> {
        for (int sent = 0; load.another(sent, ELEMENTS / producers); sent++) {
          int element = sent * producers + first;
          expected[element] = 1;
          while (!queue.offer(element)) {
            Thread.yield();
          }
        }
        return null;
      });
    }
    if (member.manyConsumers()) {
      parts.add(() -> whileAny(load, () -> pollOne(queue, seen, load)));
      parts.add(() -> whileAny(load, () -> removeSome(queue, seen, load)));
      parts.add(() -> whileAny(load, () -> removeSome(queue, seen, load)));
    } else {
      parts.add(
          () -> whileAny(load, () -> removeSome(queue, seen, load) | pollOne(queue, seen, load)));
    }

    Traffic.inParallel(parts);

    int[] counts = new int[ELEMENTS];
    Arrays.setAll(counts, seen::get);
    assertThat(counts).isEqualTo(expected);
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

  private static Void whileAny(Load load, BooleanSupplier turn) {
    while (load.isUnderWay()) {
      if (!turn.getAsBoolean()) {
        Thread.yield();
      }
    }
    return null;
  }

  /** Whether there was one. */
  private static boolean pollOne(
      ConcurrentQueue<Integer> queue, AtomicIntegerArray seen, Load load) {
    Integer element = queue.poll();
    if (element == null) {
      return false;
    }
    seen.incrementAndGet(element);
    load.arrived();
    return true;
  }

  /** Every third, from where it stands; whether there was one. */
  private static boolean removeSome(
      ConcurrentQueue<Integer> queue, AtomicIntegerArray seen, Load load) {
    boolean any = false;
    for (Integer element : queue) {
      if (element % 3 == 0 && queue.remove(element)) {
        seen.incrementAndGet(element);
        load.arrived();
        any = true;
      }
    }
    return any;
  }
}
