package dev.ballast.queues;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * The queues of a scheduler under Lincheck, as in {@link LincheckTest}: one owner, many thieves.
 *
 * <p>{@code LocalRunQueue.pushNext} has no part in it. While it moves the element that was next to
 * the ring, as Go's {@code runqput} does, a thief can find nothing; the class promises no exact
 * empty.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SchedulerLincheckTest {
  public static final class Stealing {
    // Of one cell, so that it grows.
    private final WorkStealingDeque<Integer> deque = new WorkStealingDeque<>(1);

    @Operation(nonParallelGroup = "owner")
    public void push(@Param(gen = IntGen.class, conf = "1:9") int element) {
      deque.push(element);
    }

    @Operation(nonParallelGroup = "owner")
    public @Nullable Integer pop() {
      return deque.pop();
    }

    @Operation(nonParallelGroup = "owner")
    public @Nullable Integer pollOldest() {
      return deque.pollOldest();
    }

    @Operation
    public @Nullable Integer steal() {
      return deque.steal();
    }
  }

  public static final class TwoEnds {
    private final Deque<Integer> deque = new ArrayDeque<>();

    public void push(int element) {
      deque.addLast(element);
    }

    public @Nullable Integer pop() {
      return deque.pollLast();
    }

    public @Nullable Integer pollOldest() {
      return deque.pollFirst();
    }

    public @Nullable Integer steal() {
      return deque.pollFirst();
    }
  }

  public static final class Ring {
    private final LocalRunQueue<Integer> ring = new LocalRunQueue<>(2);

    @Operation(nonParallelGroup = "owner")
    public boolean offer(@Param(gen = IntGen.class, conf = "1:9") int element) {
      return ring.offer(element);
    }

    @Operation(nonParallelGroup = "owner")
    public @Nullable Integer poll() {
      return ring.poll();
    }

    @Operation
    public @Nullable Integer steal() {
      return ring.steal();
    }
  }

  public static final class RingOfTwo {
    private final Deque<Integer> ring = new ArrayDeque<>();

    public boolean offer(int element) {
      return ring.size() < 2 && ring.offer(element);
    }

    public @Nullable Integer poll() {
      return ring.poll();
    }

    public @Nullable Integer steal() {
      return ring.poll();
    }
  }

  @Test
  void work_stealing_deque() {
    lockFree(Stealing.class, TwoEnds.class);
  }

  @Test
  void ring_of_the_local_run_queue() {
    lockFree(Ring.class, RingOfTwo.class);
  }

  /** With two thieves at once. */
  private static void lockFree(Class<?> subject, Class<?> specification) {
    LincheckTest.modelChecking(specification)
        .threads(3)
        .actorsPerThread(2)
        .checkObstructionFreedom(true)
        .check(subject);
    LincheckTest.modelChecking(specification).checkObstructionFreedom(true).check(subject);
    LincheckTest.stress(specification).check(subject);
  }
}
