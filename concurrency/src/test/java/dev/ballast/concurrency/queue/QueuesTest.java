package dev.ballast.concurrency.queue;

import static dev.ballast.concurrency.queue.Threads.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class QueuesTest {
  @Test
  void the_builder_chooses_by_need() {
    assertThat(Queues.bounded(8).producers(ONE).consumers(ONE).build())
        .isInstanceOf(SpscArrayQueue.class);
    assertThat(Queues.bounded(8).consumers(ONE).build()).isInstanceOf(MpscArrayQueue.class);
    assertThat(Queues.bounded(8).producers(ONE).build()).isInstanceOf(SpmcArrayQueue.class);
    assertThat(Queues.bounded(8).build()).isInstanceOf(StrictMpmcArrayQueue.class);
    assertThat(Queues.bounded(8).relaxed().build()).isInstanceOf(RelaxedMpmcArrayQueue.class);
    assertThat(Queues.bounded(8).fast().build()).isInstanceOf(FastMpmcArrayQueue.class);
    assertThat(Queues.unbounded().producers(ONE).consumers(ONE).build())
        .isInstanceOf(SpscUnboundedQueue.class);
    assertThat(Queues.unbounded().producers(ONE).build()).isInstanceOf(MpmcUnboundedQueue.class);
    assertThat(Queues.unbounded().linked().build()).isInstanceOf(MpmcLinkedQueue.class);
  }

  @Test
  void the_builder_refuses_what_does_not_fit() {
    assertThatThrownBy(() -> Queues.bounded(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Queues.bounded(8).linked().build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Queues.unbounded().fast().build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Queues.bounded(8).consumers(ONE).relaxed().build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Queues.bounded(8).relaxed().fast()).hasMessageContaining("RELAXED");
  }

  @ParameterizedTest
  @EnumSource
  void capacities_are_exact(Family member) {
    for (int capacity : new int[] {1, 2, 3, 5, 8, 100}) {
      ConcurrentQueue<Integer> queue = member.queue(capacity);
      if (!member.bounded()) {
        assertThat(queue.capacity()).isEqualTo(ConcurrentQueue.UNBOUNDED);
        continue;
      }
      for (int lap = 0; lap < 3; lap++) {
        for (int i = 0; i < capacity; i++) {
          assertThat(queue.offer(i)).isTrue();
          assertThat(queue.size()).isEqualTo(i + 1);
        }
        assertThat(queue.offer(-1)).isFalse();
        assertThat(queue.capacity()).isEqualTo(capacity);
        assertThat(queue.drain(_ -> {})).isEqualTo(capacity);
        assertThat(queue.poll()).isNull();
        assertThat(queue.size()).isZero();
        // Not always from the first cell.
        assertThat(queue.offer(lap)).isTrue();
        assertThat(queue.poll()).isEqualTo(lap);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_closed_queue_refuses_and_drains(Family member) {
    for (int filled : new int[] {0, 1, 3, 4}) {
      ConcurrentQueue<Integer> queue = member.queue(4);
      for (int i = 0; i < filled; i++) {
        queue.offer(i);
      }

      queue.close();
      queue.close();

      assertThat(queue.isClosed()).isTrue();
      assertThat(queue.offer(9)).isFalse();
      assertThat(queue.size()).isEqualTo(filled);
      for (int i = 0; i < filled; i++) {
        assertThat(queue.isDrained()).isFalse();
        assertThat(queue.poll()).isEqualTo(i);
        assertThat(queue.offer(9)).isFalse();
      }
      assertThat(queue.poll()).isNull();
      assertThat(queue.isDrained()).isTrue();
      assertThat(queue.size()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_element_can_be_removed_from_anywhere(Family member) {
    for (int victim = 0; victim < 4; victim++) {
      ConcurrentQueue<Integer> queue = member.queue(4);
      List<Integer> left = new ArrayList<>(List.of(0, 1, 2, 3));
      queue.addAll(left);
      left.remove(victim);

      assertThat(queue.remove(victim)).isTrue();
      assertThat(queue.remove(victim)).isFalse();

      assertThat(queue).containsExactlyElementsOf(left);
      assertThat(queue.size()).isEqualTo(3);
      assertThat(queue.contains(victim)).isFalse();
      List<Integer> polled = new ArrayList<>();
      assertThat(queue.drain(polled::add, 10)).isEqualTo(3);
      assertThat(polled).isEqualTo(left);
      for (int i = 0; i < 4; i++) {
        assertThat(queue.offer(i)).as("room of the removed is back").isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_queue_whose_elements_are_all_removed_has_its_room_back(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(4);
    for (int lap = 0; lap < 5; lap++) {
      queue.addAll(List.of(0, 1, 2, 3));
      for (int i = 3; i >= 0; i--) {
        assertThat(queue.remove(i)).isTrue();
      }
      assertThat(queue.size()).isZero();
      assertThat(queue.isEmpty()).isTrue();
      assertThat(queue.peek()).isNull();
      assertThat(queue.poll()).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_iterator_removes_the_occurrence_it_showed(Family member) {
    ConcurrentQueue<String> queue = member.queue(4);
    queue.addAll(List.of("same", "other", "same", "last"));
    Iterator<String> walk = queue.iterator();
    walk.next();
    walk.next();
    walk.next();

    walk.remove();

    assertThat(queue).containsExactly("same", "other", "last");
    assertThatThrownBy(walk::remove).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @EnumSource
  void fills_and_drains_up_to_a_limit(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(4);
    AtomicInteger next = new AtomicInteger();

    assertThat(queue.fill(next::getAndIncrement, 3)).isEqualTo(3);
    assertThat(queue.fill(next::getAndIncrement, 0)).isZero();
    assertThat(queue).containsExactly(0, 1, 2);
    int more = queue.fill(next::getAndIncrement, 5);
    assertThat(more).isEqualTo(member.bounded() ? 1 : 5);
    assertThat(next.get()).as("asked only while there was room").isEqualTo(3 + more);
    List<Integer> taken = new ArrayList<>();
    assertThat(queue.drain(taken::add, 2)).isEqualTo(2);
    assertThat(taken).containsExactly(0, 1);

    assertThatThrownBy(() -> queue.drain(taken::add, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> queue.fill(() -> 1, -1)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource
  void nulls_are_refused_as_in_the_jdk(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(4);

    assertThatThrownBy(() -> queue.offer(nothing())).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> queue.add(nothing())).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> queue.drain(nothing(), 1)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> queue.fill(nothing(), 1)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> queue.fill(QueuesTest::nothing, 1))
        .isInstanceOf(NullPointerException.class);
    assertThat(queue.contains(null)).isFalse();
    assertThat(queue.remove(null)).isFalse();
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll()).isNull();
    assertThat(queue.offer(1)).isTrue();
    assertThat(queue.poll()).isEqualTo(1);
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what a caller must not do
  private static <T> T nothing() {
    return null;
  }

  @Test
  void only_the_one_named_fast_is_not_lock_free() {
    for (Family member : Family.values()) {
      Progress progress = member.queue(4).progress();
      assertThat(progress == Progress.BLOCKING).isEqualTo(member == Family.MPMC_ARRAY_FAST);
    }
  }
}
