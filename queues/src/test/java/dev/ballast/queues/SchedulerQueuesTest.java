package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
@SuppressWarnings("ThreadPriorityCheck") // two cores, up to five threads
class SchedulerQueuesTest {
  private static final int ELEMENTS = Boolean.getBoolean("nightly") ? 20_000_000 : 1_000_000;

  @Test
  void a_run_queue_gives_the_next_first_and_then_the_oldest() {
    LocalRunQueue<Integer> queue = new LocalRunQueue<>(4);
    List<Integer> overflow = new ArrayList<>();

    queue.push(1, overflow::add);
    queue.pushNext(2, overflow::add);
    queue.pushNext(3, overflow::add);

    assertThat(queue.size()).isEqualTo(3);
    assertThat(queue.poll()).isEqualTo(3);
    assertThat(queue.poll()).isEqualTo(1);
    assertThat(queue.poll()).isEqualTo(2);
    assertThat(queue.poll()).isNull();
    assertThat(overflow).isEmpty();
  }

  @Test
  void a_full_run_queue_moves_its_older_half_to_the_overflow() {
    LocalRunQueue<Integer> queue = new LocalRunQueue<>(4);
    List<Integer> overflow = new ArrayList<>();

    for (int i = 0; i < 5; i++) {
      queue.push(i, overflow::add);
    }

    assertThat(overflow).containsExactly(0, 1, 4);
    assertThat(queue.poll()).isEqualTo(2);
    assertThat(queue.poll()).isEqualTo(3);
  }

  @Test
  void an_overflow_that_throws_is_still_handed_everything() {
    LocalRunQueue<Integer> queue = new LocalRunQueue<>(4);
    List<Integer> overflow = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      queue.offer(i);
    }

    assertThatThrownBy(() ->
            queue.push(
                4,
                element -> {
                  overflow.add(element);
                  throw new IllegalStateException("refused: " + element);
                }))
        .hasMessage("refused: 0")
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(2));

    assertThat(overflow).containsExactly(0, 1, 4);
    assertThat(queue.poll()).isEqualTo(2);
    assertThat(queue.poll()).isEqualTo(3);
    assertThat(queue.poll()).isNull();
  }

  @Test
  void they_say_what_they_are() {
    LocalRunQueue<Integer> queue = new LocalRunQueue<>(4);
    WorkStealingDeque<Integer> deque = new WorkStealingDeque<>();

    assertThat(queue.capacity()).isEqualTo(4);
    assertThat(queue.progress()).isEqualTo(Progress.LOCK_FREE);
    assertThat(queue.ordering()).isEqualTo(Ordering.NEXT_THEN_FIFO);
    assertThat(deque.capacity()).isEqualTo(ConcurrentQueue.UNBOUNDED);
    assertThat(deque.progress()).isEqualTo(Progress.LOCK_FREE);
    assertThat(deque.ordering()).isEqualTo(Ordering.OWNER_LIFO);
    assertThatThrownBy(() -> new LocalRunQueue<>(3)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> queue.stealFrom(queue)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_thief_takes_the_older_half() {
    LocalRunQueue<Integer> victim = new LocalRunQueue<>(8);
    LocalRunQueue<Integer> thief = new LocalRunQueue<>(8);
    for (int i = 0; i < 5; i++) {
      victim.offer(i);
    }

    assertThat(thief.stealFrom(victim)).isEqualTo(0);

    assertThat(thief.poll()).isEqualTo(1);
    assertThat(thief.poll()).isEqualTo(2);
    assertThat(thief.poll()).isNull();
    assertThat(victim.size()).isEqualTo(2);
    assertThat(victim.poll()).isEqualTo(3);
  }

  @Test
  void a_thief_takes_the_next_only_when_there_is_nothing_else() {
    LocalRunQueue<Integer> victim = new LocalRunQueue<>(8);
    LocalRunQueue<Integer> thief = new LocalRunQueue<>(8);
    victim.pushNext(1, ignored -> {});
    victim.offer(2);

    assertThat(thief.stealFrom(victim)).isEqualTo(2);
    assertThat(thief.stealFrom(victim)).isEqualTo(1);
    assertThat(thief.stealFrom(victim)).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 8, 256})
  void run_queues_lose_and_double_nothing_among_thieves(int capacity) {
    LocalRunQueue<Integer> mine = new LocalRunQueue<>(capacity);
    MpmcUnboundedQueue<Integer> overflow = new MpmcUnboundedQueue<>();
    AtomicIntegerArray seen = new AtomicIntegerArray(ELEMENTS);
    AtomicInteger left = new AtomicInteger(ELEMENTS);
    List<Callable<Void>> parts = new ArrayList<>();
    parts.add(() -> {
      for (int i = 0; i < ELEMENTS; i++) {
        if (i % 7 == 0) {
          mine.pushNext(i, overflow::offer);
        } else {
          mine.push(i, overflow::offer);
        }
        if (i % 3 == 0) {
          count(mine.poll(), seen, left);
        }
        if (i % 5 == 0) {
          count(overflow.poll(), seen, left);
        }
      }
      while (left.get() > 0) {
        count(mine.poll(), seen, left);
        count(overflow.poll(), seen, left);
      }
      return null;
    });
    for (int t = 0; t < 2; t++) {
      LocalRunQueue<Integer> own = new LocalRunQueue<>(capacity);
      parts.add(() -> {
        while (left.get() > 0) {
          Integer element = own.stealFrom(mine);
          while (element != null) {
            count(element, seen, left);
            element = own.poll();
          }
          Thread.yield();
        }
        return null;
      });
    }

    Traffic.inParallel(parts);

    assertEachOnce(seen);
    assertThat(mine.isEmpty()).isTrue();
  }

  @Test
  void a_deque_gives_its_owner_the_youngest_and_thieves_the_oldest() {
    WorkStealingDeque<Integer> deque = new WorkStealingDeque<>(2);
    for (int i = 0; i < 10; i++) {
      deque.push(i);
    }

    assertThat(deque.pop()).isEqualTo(9);
    assertThat(deque.steal()).isEqualTo(0);
    assertThat(deque.pop()).isEqualTo(8);
    assertThat(deque.steal()).isEqualTo(1);
    assertThat(deque.size()).isEqualTo(6);
    for (int i = 7; i >= 2; i--) {
      assertThat(deque.pop()).isEqualTo(i);
    }
    assertThat(deque.pop()).isNull();
    assertThat(deque.steal()).isNull();
    assertThat(deque.isEmpty()).isTrue();
  }

  @Test
  void what_thieves_took_is_let_go() {
    WorkStealingDeque<Object> deque = new WorkStealingDeque<>();
    LocalRunQueue<Object> queue = new LocalRunQueue<>();
    List<WeakReference<Object>> taken = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Object element = new Object();
      taken.add(new WeakReference<>(element));
      deque.push(element);
      queue.offer(element);
    }
    for (int i = 0; i < 10; i++) {
      assertThat(queue.steal()).isSameAs(i % 2 == 0 ? deque.steal() : deque.pollOldest());
    }

    deque.forgetStolen();
    queue.forgetStolen();

    System.gc();
    assertThat(taken).allMatch(each -> each.refersTo(null));
    Reference.reachabilityFence(deque);
    Reference.reachabilityFence(queue);
  }

  @Test
  void a_deque_loses_and_doubles_nothing_among_thieves() {
    WorkStealingDeque<Integer> deque = new WorkStealingDeque<>(2);
    AtomicIntegerArray seen = new AtomicIntegerArray(ELEMENTS);
    AtomicInteger left = new AtomicInteger(ELEMENTS);
    List<Callable<Void>> parts = new ArrayList<>();
    parts.add(() -> {
      for (int i = 0; i < ELEMENTS; i++) {
        deque.push(i);
        if (i % 3 != 0) {
          count(i % 5 == 0 ? deque.pollOldest() : deque.pop(), seen, left);
        }
      }
      while (left.get() > 0) {
        count(deque.pop(), seen, left);
      }
      return null;
    });
    for (int t = 0; t < 2; t++) {
      parts.add(() -> {
        while (left.get() > 0) {
          count(deque.steal(), seen, left);
          Thread.yield();
        }
        return null;
      });
    }

    Traffic.inParallel(parts);

    assertEachOnce(seen);
  }

  private static void count(
      @org.jspecify.annotations.Nullable Integer element,
      AtomicIntegerArray seen,
      AtomicInteger left) {
    if (element != null) {
      seen.incrementAndGet(element);
      left.decrementAndGet();
    }
  }

  private static void assertEachOnce(AtomicIntegerArray seen) {
    int[] counts = new int[seen.length()];
    Arrays.setAll(counts, seen::get);
    assertThat(Arrays.stream(counts).allMatch(count -> count == 1)).isTrue();
  }
}
