package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class BatchTest {
  @ParameterizedTest
  @EnumSource
  void batches_of_every_length_keep_the_order(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(128);
    AtomicInteger next = new AtomicInteger();
    List<Integer> taken = new ArrayList<>();
    for (int length = 0; length < 300; length++) {
      int before = next.get();
      int added = queue.fill(next::getAndIncrement, length);
      assertThat(added).isEqualTo(member.bounded() ? Math.min(length, 128) : length);
      assertThat(next.get() - before).isEqualTo(added);
      assertThat(queue.size()).isEqualTo(added);
      assertThat(queue.drain(taken::add, length / 2)).isEqualTo(Math.min(length / 2, added));
      queue.drain(taken::add);
    }
    assertThat(taken).isEqualTo(IntStream.range(0, next.get()).boxed().toList());
  }

  @ParameterizedTest
  @EnumSource
  void while_a_supplier_runs_others_use_the_queue(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(8);
    List<Integer> taken = new ArrayList<>();
    AtomicInteger next = new AtomicInteger();

    int added =
        queue.fill(
            () -> {
              // As another thread would: nothing of this batch is claimed yet.
              queue.offer(100 + next.get());
              taken.add(queue.poll());
              return next.getAndIncrement();
            },
            4);

    assertThat(added).isEqualTo(4);
    while (!queue.isEmpty()) {
      taken.add(queue.poll());
    }
    assertThat(taken).containsExactlyInAnyOrder(0, 1, 2, 3, 100, 101, 102, 103);
  }

  @ParameterizedTest
  @EnumSource
  void what_a_supplier_gave_before_it_threw_is_inside(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(8);
    AtomicInteger next = new AtomicInteger();

    assertThatThrownBy(() ->
            queue.fill(
                () -> {
                  if (next.get() == 3) {
                    throw new IllegalStateException("no more");
                  }
                  return next.getAndIncrement();
                },
                8))
        .hasMessage("no more");

    assertThat(queue).containsExactly(0, 1, 2);
  }

  @ParameterizedTest
  @EnumSource
  void elements_for_which_the_queue_was_closed_meanwhile_are_refused(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(8);
    AtomicInteger next = new AtomicInteger();
    List<Integer> refused = new ArrayList<>();

    int added =
        queue.fill(
            () -> {
              if (next.get() == 2) {
                queue.close();
              }
              return next.getAndIncrement();
            },
            8,
            refused::add);

    List<Integer> all = new ArrayList<>();
    queue.drain(all::add, 100);
    assertThat(all).hasSize(added);
    all.addAll(refused);
    assertThat(all).isEqualTo(IntStream.range(0, next.get()).boxed().toList());
    assertThat(refused).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void a_target_may_use_the_queue_and_may_throw(Family member) {
    ConcurrentQueue<Integer> queue = member.queue(8);
    for (int i = 0; i < 6; i++) {
      queue.offer(i);
    }
    List<Integer> taken = new ArrayList<>();

    assertThatThrownBy(() ->
            queue.drain(
                element -> {
                  taken.add(element);
                  taken.add(queue.poll());
                  if (element == 2) {
                    throw new IllegalStateException("enough");
                  }
                },
                6))
        .hasMessage("enough");

    assertThat(taken).containsExactly(0, 1, 2, 3);
    assertThat(queue).containsExactly(4, 5);
  }
}
