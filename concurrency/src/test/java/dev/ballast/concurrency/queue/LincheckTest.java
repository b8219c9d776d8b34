package dev.ballast.concurrency.queue;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * Lincheck runs small scenarios through all their interleavings up to a bound, and compares each
 * with a sequential queue. Where the queue claims lock freedom, a thread that waits for another
 * counts as an error. Larger with {@code -Dnightly}.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class LincheckTest {
  private static final boolean NIGHTLY = Boolean.getBoolean("nightly");

  /** Every operation by every thread. */
  public abstract static class ManyToMany {
    final ConcurrentQueue<Integer> queue;

    ManyToMany(ConcurrentQueue<Integer> queue) {
      this.queue = queue;
    }

    @Operation
    public boolean offer(@Param(gen = IntGen.class, conf = "1:9") int element) {
      return queue.offer(element);
    }

    @Operation
    public @Nullable Integer poll() {
      return queue.poll();
    }

    @Operation
    public @Nullable Integer peek() {
      return queue.peek();
    }
  }

  /** One consumer. */
  public abstract static class ManyToOne {
    final ConcurrentQueue<Integer> queue;

    ManyToOne(ConcurrentQueue<Integer> queue) {
      this.queue = queue;
    }

    @Operation
    public boolean offer(@Param(gen = IntGen.class, conf = "1:9") int element) {
      return queue.offer(element);
    }

    @Operation(nonParallelGroup = "consumer")
    public @Nullable Integer poll() {
      return queue.poll();
    }

    @Operation(nonParallelGroup = "consumer")
    public @Nullable Integer peek() {
      return queue.peek();
    }
  }

  /** What a queue of the given capacity does when nothing overlaps. */
  public abstract static class Sequential {
    private final Queue<Integer> queue = new ArrayDeque<>();
    private final int capacity;

    Sequential(int capacity) {
      this.capacity = capacity;
    }

    public boolean offer(@Param(gen = IntGen.class, conf = "1:9") int element) {
      return queue.size() < capacity && queue.offer(element);
    }

    public @Nullable Integer poll() {
      return queue.poll();
    }

    public @Nullable Integer peek() {
      return queue.peek();
    }
  }

  public static final class Unbounded extends Sequential {
    public Unbounded() {
      super(Integer.MAX_VALUE);
    }
  }

  public static final class MpmcUnbounded extends ManyToMany {
    public MpmcUnbounded() {
      super(new MpmcUnboundedQueue<>(2, 0));
    }
  }

  public static final class MpscUnbounded extends ManyToOne {
    public MpscUnbounded() {
      super(new MpscUnboundedQueue<>(2, 0));
    }
  }

  @Test
  void mpmc_unbounded() {
    lockFree(MpmcUnbounded.class, Unbounded.class);
  }

  @Test
  void mpsc_unbounded() {
    lockFree(MpscUnbounded.class, Unbounded.class);
  }

  private static void lockFree(Class<?> subject, Class<? extends Sequential> specification) {
    modelChecking(specification).checkObstructionFreedom(true).check(subject);
    stress(specification).check(subject);
  }

  private static ModelCheckingOptions modelChecking(Class<? extends Sequential> specification) {
    return new ModelCheckingOptions()
        .iterations(NIGHTLY ? 50 : 5)
        .invocationsPerIteration(NIGHTLY ? 1000 : 200)
        .threads(2)
        .actorsPerThread(3)
        .sequentialSpecification(specification);
  }

  private static StressOptions stress(Class<? extends Sequential> specification) {
    return new StressOptions()
        .iterations(NIGHTLY ? 50 : 5)
        .invocationsPerIteration(NIGHTLY ? 5000 : 500)
        .threads(2)
        .actorsPerThread(3)
        .sequentialSpecification(specification);
  }
}
