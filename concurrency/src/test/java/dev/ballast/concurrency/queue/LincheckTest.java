package dev.ballast.concurrency.queue;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jetbrains.lincheck.LincheckAssertionError;
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

  /** One producer. */
  public abstract static class OneToMany {
    final ConcurrentQueue<Integer> queue;

    OneToMany(ConcurrentQueue<Integer> queue) {
      this.queue = queue;
    }

    @Operation(nonParallelGroup = "producer")
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

  /** One of each. */
  public abstract static class OneToOne {
    final ConcurrentQueue<Integer> queue;

    OneToOne(ConcurrentQueue<Integer> queue) {
      this.queue = queue;
    }

    @Operation(nonParallelGroup = "producer")
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

  /** Two more, for the queues whose closing is exact and that every thread may remove from. */
  public abstract static class ManyToManyWithAll extends ManyToMany {
    ManyToManyWithAll(ConcurrentQueue<Integer> queue) {
      super(queue);
    }

    @Operation
    public boolean remove(@Param(gen = IntGen.class, conf = "1:9") int element) {
      return queue.remove(Integer.valueOf(element));
    }

    @Operation
    public void close() {
      queue.close();
    }
  }

  /** What a queue of the given capacity does when nothing overlaps. */
  public abstract static class Sequential {
    private final Queue<Integer> queue = new ArrayDeque<>();
    private final int capacity;
    private boolean closed;

    Sequential(int capacity) {
      this.capacity = capacity;
    }

    public boolean offer(int element) {
      return !closed && queue.size() < capacity && queue.offer(element);
    }

    public @Nullable Integer poll() {
      return queue.poll();
    }

    public @Nullable Integer peek() {
      return queue.peek();
    }

    public boolean remove(int element) {
      return queue.remove(Integer.valueOf(element));
    }

    public void close() {
      closed = true;
    }
  }

  public static final class Unbounded extends Sequential {
    public Unbounded() {
      super(Integer.MAX_VALUE);
    }
  }

  public static final class OfTwo extends Sequential {
    public OfTwo() {
      super(2);
    }
  }

  public static final class OfThree extends Sequential {
    public OfThree() {
      super(3);
    }
  }

  public static final class SpscArray extends OneToOne {
    public SpscArray() {
      super(new SpscArrayQueue<>(2));
    }
  }

  public static final class SpscArrayOfThree extends OneToOne {
    public SpscArrayOfThree() {
      super(new SpscArrayQueue<>(3));
    }
  }

  public static final class SpscUnbounded extends OneToOne {
    public SpscUnbounded() {
      super(new SpscUnboundedQueue<>(2));
    }
  }

  public static final class MpscArray extends ManyToOne {
    public MpscArray() {
      super(new MpscArrayQueue<>(2));
    }
  }

  public static final class MpscArrayOfThree extends ManyToOne {
    public MpscArrayOfThree() {
      super(new MpscArrayQueue<>(3));
    }
  }

  public static final class MpscUnbounded extends ManyToOne {
    public MpscUnbounded() {
      super(new MpscUnboundedQueue<>(2, 0));
    }
  }

  public static final class SpmcArray extends OneToMany {
    public SpmcArray() {
      super(new SpmcArrayQueue<>(2));
    }
  }

  public static final class StrictMpmcArray extends ManyToMany {
    public StrictMpmcArray() {
      super(new StrictMpmcArrayQueue<>(2));
    }
  }

  public static final class StrictMpmcArrayOfThree extends ManyToMany {
    public StrictMpmcArrayOfThree() {
      super(new StrictMpmcArrayQueue<>(3));
    }
  }

  public static final class StrictMpmcArrayWithAll extends ManyToManyWithAll {
    public StrictMpmcArrayWithAll() {
      super(new StrictMpmcArrayQueue<>(8));
    }
  }

  public static final class RelaxedMpmcArray extends ManyToMany {
    public RelaxedMpmcArray() {
      super(new RelaxedMpmcArrayQueue<>(8, 0));
    }
  }

  public static final class FastMpmcArray extends ManyToMany {
    public FastMpmcArray() {
      super(new FastMpmcArrayQueue<>(8));
    }
  }

  public static final class MpmcUnbounded extends ManyToMany {
    public MpmcUnbounded() {
      super(new MpmcUnboundedQueue<>(2, 0));
    }
  }

  public static final class MpmcUnboundedWithAll extends ManyToManyWithAll {
    public MpmcUnboundedWithAll() {
      super(new MpmcUnboundedQueue<>(2, 0));
    }
  }

  public static final class MpmcLinked extends ManyToMany {
    public MpmcLinked() {
      super(new MpmcLinkedQueue<>());
    }
  }

  public static final class MpmcLinkedWithAll extends ManyToManyWithAll {
    public MpmcLinkedWithAll() {
      super(new MpmcLinkedQueue<>());
    }
  }

  @Test
  void spsc_array() {
    lockFree(SpscArray.class, OfTwo.class);
  }

  @Test
  void spsc_array_of_three() {
    lockFree(SpscArrayOfThree.class, OfThree.class);
  }

  @Test
  void spsc_unbounded() {
    lockFree(SpscUnbounded.class, Unbounded.class);
  }

  @Test
  void mpsc_array() {
    lockFree(MpscArray.class, OfTwo.class);
  }

  @Test
  void mpsc_array_of_three() {
    lockFree(MpscArrayOfThree.class, OfThree.class);
  }

  @Test
  void mpsc_unbounded() {
    lockFree(MpscUnbounded.class, Unbounded.class);
  }

  @Test
  void spmc_array() {
    lockFree(SpmcArray.class, OfTwo.class);
  }

  @Test
  void strict_mpmc_array() {
    lockFree(StrictMpmcArray.class, OfTwo.class);
  }

  @Test
  void strict_mpmc_array_of_three() {
    lockFree(StrictMpmcArrayOfThree.class, OfThree.class);
  }

  @Test
  void strict_mpmc_array_with_all() {
    lockFree(StrictMpmcArrayWithAll.class, Unbounded.class);
  }

  @Test
  void relaxed_mpmc_array() {
    lockFree(RelaxedMpmcArray.class, Unbounded.class);
  }

  @Test
  void mpmc_unbounded() {
    lockFree(MpmcUnbounded.class, Unbounded.class);
  }

  @Test
  void mpmc_unbounded_with_all() {
    lockFree(MpmcUnboundedWithAll.class, Unbounded.class);
  }

  @Test
  void mpmc_linked() {
    lockFree(MpmcLinked.class, Unbounded.class);
  }

  @Test
  void mpmc_linked_with_all() {
    lockFree(MpmcLinkedWithAll.class, Unbounded.class);
  }

  /** The control: a queue that is not lock-free must be found out. */
  @Test
  void fast_mpmc_array_is_correct_but_not_lock_free() {
    stress(Unbounded.class).check(FastMpmcArray.class);

    assertThatThrownBy(() ->
            modelChecking(Unbounded.class)
                .minimizeFailedScenario(false)
                .checkObstructionFreedom(true)
                .check(FastMpmcArray.class))
        .hasMessageContaining("non-blocking")
        .isInstanceOf(LincheckAssertionError.class);
  }

  private static void lockFree(Class<?> subject, Class<? extends Sequential> specification) {
    modelChecking(specification).checkObstructionFreedom(true).check(subject);
    stress(specification).check(subject);
  }

  static ModelCheckingOptions modelChecking(Class<?> specification) {
    return new ModelCheckingOptions()
        .iterations(NIGHTLY ? 50 : 3)
        .invocationsPerIteration(NIGHTLY ? 1000 : 100)
        .threads(2)
        .actorsPerThread(3)
        .sequentialSpecification(specification);
  }

  static StressOptions stress(Class<?> specification) {
    return new StressOptions()
        .iterations(NIGHTLY ? 50 : 3)
        .invocationsPerIteration(NIGHTLY ? 5000 : 200)
        .threads(2)
        .actorsPerThread(3)
        .sequentialSpecification(specification);
  }
}
