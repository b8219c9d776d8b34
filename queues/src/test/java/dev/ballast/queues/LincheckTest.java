package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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

  /** So that a relaxed full is never met: no sequential queue says when it may come. */
  private static final int MORE_THAN_ONE_SCENARIO_OFFERS = 32;

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

  /** As {@link ManyToMany}, with removal. */
  public abstract static class ManyToManyWithRemoval extends ManyToMany {
    ManyToManyWithRemoval(ConcurrentQueue<Integer> queue) {
      super(queue);
    }

    @Operation
    public boolean remove(@Param(gen = IntGen.class, conf = "1:9") int element) {
      return queue.remove(Integer.valueOf(element));
    }
  }

  /** As {@link ManyToOne}, with removal. */
  public abstract static class ManyToOneWithRemoval extends ManyToOne {
    ManyToOneWithRemoval(ConcurrentQueue<Integer> queue) {
      super(queue);
    }

    @Operation(nonParallelGroup = "consumer")
    public boolean remove(@Param(gen = IntGen.class, conf = "1:9") int element) {
      return queue.remove(Integer.valueOf(element));
    }
  }

  /** As {@link OneToMany}, with removal. */
  public abstract static class OneToManyWithRemoval extends OneToMany {
    OneToManyWithRemoval(ConcurrentQueue<Integer> queue) {
      super(queue);
    }

    @Operation
    public boolean remove(@Param(gen = IntGen.class, conf = "1:9") int element) {
      return queue.remove(Integer.valueOf(element));
    }
  }

  /** As {@link OneToOne}, with removal. */
  public abstract static class OneToOneWithRemoval extends OneToOne {
    OneToOneWithRemoval(ConcurrentQueue<Integer> queue) {
      super(queue);
    }

    @Operation(nonParallelGroup = "consumer")
    public boolean remove(@Param(gen = IntGen.class, conf = "1:9") int element) {
      return queue.remove(Integer.valueOf(element));
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

  /** An array whose removed elements hold their room until all before them are gone. */
  public abstract static class SequentialArray {
    private record Place(int element, boolean live) {}

    private final List<Place> places = new ArrayList<>();
    private final int capacity;
    private boolean closed;

    SequentialArray(int capacity) {
      this.capacity = capacity;
    }

    public boolean offer(int element) {
      return !closed && places.size() < capacity && places.add(new Place(element, true));
    }

    public @Nullable Integer poll() {
      Integer element = peek();
      if (element != null) {
        places.remove(0);
        passRemoved();
      }
      return element;
    }

    public @Nullable Integer peek() {
      return places.isEmpty() ? null : places.get(0).element;
    }

    public boolean remove(int element) {
      int i = places.indexOf(new Place(element, true));
      if (i < 0) {
        return false;
      }
      places.set(i, new Place(element, false));
      passRemoved();
      return true;
    }

    private void passRemoved() {
      while (!places.isEmpty() && !places.get(0).live) {
        places.remove(0);
      }
    }

    public void close() {
      closed = true;
    }
  }

  public static final class ArrayOfTwo extends SequentialArray {
    public ArrayOfTwo() {
      super(2);
    }
  }

  public static final class ArrayOfThree extends SequentialArray {
    public ArrayOfThree() {
      super(3);
    }
  }

  public static final class SpscArrayWithRemoval extends OneToOneWithRemoval {
    public SpscArrayWithRemoval() {
      super(new SpscArrayQueue<>(3));
    }
  }

  public static final class SpscUnboundedWithRemoval extends OneToOneWithRemoval {
    public SpscUnboundedWithRemoval() {
      super(new SpscUnboundedQueue<>(2));
    }
  }

  public static final class MpscArrayWithRemoval extends ManyToOneWithRemoval {
    public MpscArrayWithRemoval() {
      super(new MpscArrayQueue<>(3));
    }
  }

  public static final class MpscUnboundedWithRemoval extends ManyToOneWithRemoval {
    public MpscUnboundedWithRemoval() {
      super(new MpscUnboundedQueue<>(2, 0));
    }
  }

  public static final class SpmcArrayWithRemoval extends OneToManyWithRemoval {
    public SpmcArrayWithRemoval() {
      super(new SpmcArrayQueue<>(2, 0));
    }
  }

  public static final class StrictMpmcArrayOfTwoWithAll extends ManyToManyWithAll {
    public StrictMpmcArrayOfTwoWithAll() {
      super(new StrictMpmcArrayQueue<>(2));
    }
  }

  public static final class StrictMpmcArrayOfThreeWithAll extends ManyToManyWithAll {
    public StrictMpmcArrayOfThreeWithAll() {
      super(new StrictMpmcArrayQueue<>(3));
    }
  }

  public static final class RelaxedMpmcArrayWithRemoval extends ManyToManyWithRemoval {
    public RelaxedMpmcArrayWithRemoval() {
      super(new RelaxedMpmcArrayQueue<>(MORE_THAN_ONE_SCENARIO_OFFERS, 0));
    }
  }

  public static final class FastMpmcArrayWithRemoval extends ManyToManyWithRemoval {
    public FastMpmcArrayWithRemoval() {
      super(new FastMpmcArrayQueue<>(2));
    }
  }

  public static final class SpscArray extends OneToOne {
    public SpscArray() {
      super(new SpscArrayQueue<>(2));
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

  public static final class MpscUnbounded extends ManyToOne {
    public MpscUnbounded() {
      super(new MpscUnboundedQueue<>(2, 0));
    }
  }

  public static final class SpmcArray extends OneToMany {
    public SpmcArray() {
      super(new SpmcArrayQueue<>(2, 0));
    }
  }

  public static final class StrictMpmcArray extends ManyToMany {
    public StrictMpmcArray() {
      super(new StrictMpmcArrayQueue<>(2));
    }
  }

  public static final class RelaxedMpmcArray extends ManyToMany {
    public RelaxedMpmcArray() {
      super(new RelaxedMpmcArrayQueue<>(MORE_THAN_ONE_SCENARIO_OFFERS, 0));
    }
  }

  public static final class FastMpmcArray extends ManyToMany {
    public FastMpmcArray() {
      super(new FastMpmcArrayQueue<>(2));
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
  void spsc_unbounded() {
    lockFree(SpscUnbounded.class, Unbounded.class);
  }

  @Test
  void mpsc_array() {
    lockFree(MpscArray.class, OfTwo.class);
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
  void strict_mpmc_array_with_all() {
    lockFree(StrictMpmcArrayOfTwoWithAll.class, ArrayOfTwo.class);
  }

  @Test
  void strict_mpmc_array_of_three_with_all() {
    lockFree(StrictMpmcArrayOfThreeWithAll.class, ArrayOfThree.class);
  }

  @Test
  void spsc_array_with_removal() {
    lockFree(SpscArrayWithRemoval.class, ArrayOfThree.class);
  }

  @Test
  void spsc_unbounded_with_removal() {
    lockFree(SpscUnboundedWithRemoval.class, Unbounded.class);
  }

  @Test
  void mpsc_array_with_removal() {
    lockFree(MpscArrayWithRemoval.class, ArrayOfThree.class);
  }

  @Test
  void mpsc_unbounded_with_removal() {
    lockFree(MpscUnboundedWithRemoval.class, Unbounded.class);
  }

  @Test
  void spmc_array_with_removal() {
    lockFree(SpmcArrayWithRemoval.class, ArrayOfTwo.class);
  }

  @Test
  void relaxed_mpmc_array_with_removal() {
    lockFree(RelaxedMpmcArrayWithRemoval.class, Unbounded.class);
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
    stress(OfTwo.class).check(FastMpmcArray.class);
    stress(ArrayOfTwo.class).check(FastMpmcArrayWithRemoval.class);

    assertThatThrownBy(() ->
            modelChecking(OfTwo.class)
                .minimizeFailedScenario(false)
                .checkObstructionFreedom(true)
                .check(FastMpmcArray.class))
        .hasMessageContaining("non-blocking")
        .isInstanceOf(LincheckAssertionError.class);
  }

  private static void lockFree(Class<?> subject, Class<?> specification) {
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
