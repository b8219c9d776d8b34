package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a queue keeps alive. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class GarbageTest {
  private static final int SIZE = 1024;
  private static final int ROUNDS = 4;
  private static final int PER_ROUND = 500_000;

  @ParameterizedTest
  @EnumSource
  void does_not_grow_by_what_passes(Family member) {
    ConcurrentQueue<Object> queue = member.queue(SIZE);
    // Moves the first segments and nodes to the old generation, from where a chain would start.
    pass(queue, 10_000);
    List<Long> used = new ArrayList<>();

    for (int round = 0; round < ROUNDS; round++) {
      pass(queue, PER_ROUND);
      used.add(usedBytes());
    }

    // Half a million elements of any kind are more than this.
    assertThat(used.get(used.size() - 1) - used.get(0)).isLessThan(1 << 20);
    assertThat(queue).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void old_segments_and_nodes_do_not_keep_young_ones(Family member) {
    ConcurrentQueue<Object> queue = member.queue(16);
    pass(queue, 64);
    queue.offer("resident");
    System.gc();
    queue.poll();
    queue.offer("marker");
    List<WeakReference<Object>> passed = new ArrayList<>();

    for (int i = 0; i < 200; i++) {
      Object element = new Object();
      passed.add(new WeakReference<>(element));
      queue.offer(element);
      queue.poll();
    }
    while (queue.poll() != null) {}
    // The single producer of some queues forgets what was taken when it offers again.
    for (int i = 0; i < 64; i++) {
      queue.offer("last");
      queue.poll();
    }
    System.gc();

    assertThat(passed).allSatisfy(reference -> assertThat(reference.get()).isNull());
  }

  @ParameterizedTest
  @EnumSource
  void an_iterator_that_is_kept_keeps_no_chain_of_what_passes(Family member) {
    ConcurrentQueue<Object> queue = member.queue(SIZE);
    queue.offer("first");
    Iterator<Object> kept = queue.iterator();
    assertThat(kept.hasNext()).isTrue();
    queue.poll();
    pass(queue, 10_000);
    long before = usedBytes();

    pass(queue, PER_ROUND);

    assertThat(usedBytes() - before).isLessThan(1 << 20);
    assertThat(kept.next()).isEqualTo("first");
    assertThat(kept.hasNext()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void an_iterator_that_is_kept_keeps_nothing_of_what_passes(Family member) {
    ConcurrentQueue<Object> queue = member.queue(16);
    queue.offer("first");
    Iterator<Object> kept = queue.iterator();
    assertThat(kept.hasNext()).isTrue();
    System.gc();
    List<WeakReference<Object>> passed = new ArrayList<>();

    for (int i = 0; i < 200; i++) {
      Object element = new Object();
      passed.add(new WeakReference<>(element));
      queue.poll();
      queue.offer(element);
    }
    for (int i = 0; i < 64; i++) {
      queue.poll();
      queue.offer("last");
    }
    System.gc();

    assertThat(passed).allSatisfy(reference -> assertThat(reference.get()).isNull());
    assertThat(kept.next()).isEqualTo("first");
    Reference.reachabilityFence(queue);
  }

  @Test
  void a_linked_queue_whose_first_element_stays_does_not_grow_by_what_is_removed() {
    ConcurrentQueue<Object> queue = Family.MPMC_LINKED.queue(SIZE);
    queue.offer("resident");
    comeAndBeRemoved(queue, 10_000);
    long before = usedBytes();

    comeAndBeRemoved(queue, PER_ROUND);

    assertThat(usedBytes() - before).isLessThan(1 << 20);
    assertThat(queue).containsExactly("resident");
    assertThat(queue.size()).isEqualTo(1);
  }

  private static void comeAndBeRemoved(ConcurrentQueue<Object> queue, int count) {
    for (int i = 0; i < count; i++) {
      queue.offer(i);
      queue.remove(i);
    }
  }

  private static void pass(ConcurrentQueue<Object> queue, int count) {
    for (int i = 0; i < count; i++) {
      queue.offer(i);
      queue.poll();
    }
  }

  private static long usedBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
