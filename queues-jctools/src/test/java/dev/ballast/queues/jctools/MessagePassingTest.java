package dev.ballast.queues.jctools;

import static dev.ballast.queues.Threads.MANY;
import static dev.ballast.queues.Threads.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.queues.ConcurrentQueue;
import dev.ballast.queues.Queues;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jctools.queues.MessagePassingQueue;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class MessagePassingTest {
  private static final int CAPACITY = 8;

  static Stream<ConcurrentQueue<Integer>> every_queue() {
    return Stream.of(
        Queues.bounded(CAPACITY).producers(ONE).consumers(ONE).build(),
        Queues.bounded(CAPACITY).consumers(ONE).build(),
        Queues.bounded(CAPACITY).producers(ONE).build(),
        Queues.bounded(CAPACITY).build(),
        Queues.bounded(CAPACITY).relaxed().build(),
        Queues.bounded(CAPACITY).fast().build(),
        Queues.unbounded().producers(ONE).consumers(ONE).build(),
        Queues.unbounded().consumers(ONE).build(),
        Queues.unbounded().build(),
        Queues.unbounded().linked().build(),
        Queues.bounded(CAPACITY).buildParking());
  }

  @ParameterizedTest
  @MethodSource("every_queue")
  void code_that_is_typed_to_the_interface_works(ConcurrentQueue<Integer> queue) {
    MessagePassingQueue<Integer> adapted = MessagePassing.of(queue);
    boolean bounded = queue.capacity() != ConcurrentQueue.UNBOUNDED;

    assertThat(adapted.capacity())
        .isEqualTo(bounded ? CAPACITY : MessagePassingQueue.UNBOUNDED_CAPACITY);
    assertThat(adapted.relaxedPeek()).isNull();
    assertThat(adapted.relaxedOffer(1)).isTrue();
    assertThat(adapted.relaxedPeek()).isEqualTo(1);
    assertThat(adapted.relaxedPoll()).isEqualTo(1);
    assertThat(adapted.relaxedPoll()).isNull();

    AtomicInteger next = new AtomicInteger();
    int added = adapted.fill(next::getAndIncrement);
    assertThat(added).isEqualTo(next.get()).isPositive();
    assertThat(adapted.size()).isEqualTo(added);
    List<Integer> taken = new ArrayList<>();
    assertThat(adapted.drain(taken::add, 3)).isEqualTo(3);
    assertThat(adapted.drain(taken::add)).isEqualTo(added - 3);
    assertThat(taken).isEqualTo(IntStream.range(0, added).boxed().toList());
    assertThat(adapted.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("every_queue")
  void waits_by_the_strategy_until_the_condition_says_no(ConcurrentQueue<Integer> queue) {
    MessagePassingQueue<Integer> adapted = MessagePassing.of(queue);
    List<Integer> idles = new ArrayList<>();
    AtomicInteger rounds = new AtomicInteger(20);

    adapted.fill(
        () -> 7,
        idle -> {
          idles.add(idle);
          return idle + 1;
        },
        () -> rounds.getAndDecrement() > 0);

    int inside = queue.capacity() == ConcurrentQueue.UNBOUNDED ? 20 : CAPACITY;
    assertThat(queue.size()).isEqualTo(inside);
    assertThat(idles).isEqualTo(IntStream.range(0, 20 - inside).boxed().toList());

    idles.clear();
    rounds.set(inside + 3);
    List<Integer> taken = new ArrayList<>();
    adapted.drain(
        taken::add,
        idle -> {
          idles.add(idle);
          return idle + 1;
        },
        () -> rounds.getAndDecrement() > 0);
    assertThat(taken).hasSize(inside).containsOnly(7);
    assertThat(idles).containsExactly(0, 1, 2);
  }

  @Test
  void a_closed_queue_ends_a_fill() {
    ConcurrentQueue<Integer> queue = Queues.unbounded().producers(MANY).consumers(ONE).build();
    MessagePassingQueue<Integer> adapted = MessagePassing.of(queue);

    assertThatThrownBy(() ->
            adapted.fill(
                () -> {
                  queue.close();
                  return 1;
                },
                5))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThat(adapted.fill(() -> 1, 5)).isZero();
    assertThatThrownBy(() -> adapted.fill(() -> 1, -1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
