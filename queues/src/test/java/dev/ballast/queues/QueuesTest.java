package dev.ballast.queues;

import static dev.ballast.queues.Threads.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
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
    assertThat(Queues.unbounded().consumers(ONE).build()).isInstanceOf(MpscUnboundedQueue.class);
    assertThat(Queues.unbounded().build()).isInstanceOf(MpmcUnboundedQueue.class);
    assertThat(Queues.unbounded().producers(ONE).build()).isInstanceOf(MpmcUnboundedQueue.class);
    assertThat(Queues.unbounded().linked().build()).isInstanceOf(MpmcLinkedQueue.class);
  }

  @Test
  void the_builder_refuses_what_does_not_fit() {
    assertThatThrownBy(() -> Queues.bounded(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Queues.bounded((1 << 30) + 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Queues.bounded(8).linked().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("linked() is for unbounded queues");
    assertThatThrownBy(() -> Queues.bounded(8).consumers(ONE).linked().build())
        .hasMessageContaining("linked() is for unbounded queues");
    assertThatThrownBy(() -> Queues.unbounded().fast().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("fast() is for bounded queues");
    assertThatThrownBy(() -> Queues.bounded(8).consumers(ONE).relaxed().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("relaxed() is for many producers and many consumers");
    assertThatThrownBy(() -> Queues.bounded(8).relaxed().fast())
        .hasMessage("fast() does not go with relaxed(): choose one");
    assertThatThrownBy(() -> Queues.bounded(8).producers(nothing()))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> Queues.bounded(8).consumers(nothing()))
        .isInstanceOf(NullPointerException.class);
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
        assertThat(queue.drain(ignored -> {})).isEqualTo(capacity);
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
      assertThatThrownBy(() -> queue.add(9)).isInstanceOf(QueueClosedException.class);
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
  void the_size_is_exact_while_places_of_removed_elements_pass(Family member) {
    int size = 64;
    ConcurrentQueue<Integer> queue = member.queue(size);
    List<Integer> left = new ArrayList<>();
    for (int lap = 0; lap < 3; lap++) {
      for (int i = 0; i < size; i++) {
        queue.offer(i);
        left.add(i);
      }
      for (int i : new int[] {63, 5, 6, 7, 0, 1, 31, 62}) {
        assertThat(queue.remove(i)).isTrue();
        left.remove((Integer) i);
        assertThat(queue.size()).isEqualTo(left.size());
      }
      assertThat(queue.removeIf(i -> i % 4 == 0)).isTrue();
      left.removeIf(i -> i % 4 == 0);
      while (!left.isEmpty()) {
        assertThat(queue.size()).isEqualTo(left.size());
        assertThat(queue.peek()).isEqualTo(left.get(0));
        assertThat(queue.poll()).isEqualTo(left.remove(0));
      }
      assertThat(queue.size()).isZero();
      assertThat(queue.poll()).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_size_of_a_closed_queue_is_exact(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(64);
    for (int i = 0; i < 40; i++) {
      queue.offer(i);
    }
    queue.remove(20);

    queue.close();

    for (int left = 39; left > 0; left--) {
      assertThat(queue.size()).isEqualTo(left);
      queue.poll();
    }
    assertThat(queue.size()).isZero();
  }

  /** Without a bound on time: what takes a step for each pair of elements does not end. */
  @ParameterizedTest
  @EnumSource
  void removing_many_takes_a_step_for_each(Family member) {
    int size = 200_000;
    ConcurrentQueue<Integer> queue = member.queue(1 << 18);
    for (int i = 0; i < size; i++) {
      queue.offer(i);
    }

    assertThat(queue.removeIf(i -> i % 2 == 0)).isTrue();
    assertThat(queue.removeIf(i -> i > 9)).isTrue();

    assertThat(queue).containsExactly(1, 3, 5, 7, 9);
    assertThat(queue.size()).isEqualTo(5);
  }

  @ParameterizedTest
  @EnumSource
  void what_a_callback_throws_costs_at_most_the_element_it_was_given(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(4);
    queue.addAll(List.of(0, 1, 2));

    assertThatThrownBy(() -> queue.drain(QueuesTest::refuse, 3)).hasMessage("refused: 0");
    assertThatThrownBy(() -> queue.removeIf(QueuesTest::refuse)).hasMessage("refused: 1");
    assertThatThrownBy(() -> queue.forEach(QueuesTest::refuse)).hasMessage("refused: 1");
    assertThatThrownBy(() -> queue.fill(() -> refuse(null) ? 1 : 2, 1)).hasMessage("refused: null");

    assertThat(queue).containsExactly(1, 2);
    assertThat(queue.size()).isEqualTo(2);
    assertThat(queue.offer(3)).isTrue();
    assertThat(queue.offer(4)).isTrue();
    assertThat(queue.drain(ignored -> {}, 9)).isEqualTo(4);
    assertThat(queue.isEmpty()).isTrue();
  }

  private static boolean refuse(@org.jspecify.annotations.Nullable Integer element) {
    throw new IllegalStateException("refused: " + element);
  }

  @ParameterizedTest
  @EnumSource
  void a_walk_goes_on_while_elements_come_and_go(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(8);
    queue.addAll(List.of(0, 1, 2, 3, 4));
    Iterator<Integer> walk = queue.iterator();
    List<Integer> seen = new ArrayList<>(List.of(walk.next()));

    queue.drain(ignored -> {}, 3);
    queue.addAll(List.of(5, 6));
    walk.forEachRemaining(seen::add);

    // What was inside all the time, each once, in order; the others may show or not.
    assertThat(seen).containsSubsequence(3, 4).doesNotHaveDuplicates().isSorted();
    assertThatThrownBy(walk::next).isInstanceOf(NoSuchElementException.class);
    assertThat(queue.toArray()).containsExactly(3, 4, 5, 6);
    queue.clear();
    assertThat(queue).isEmpty();
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
