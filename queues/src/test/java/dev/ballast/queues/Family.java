package dev.ballast.queues;

import static dev.ballast.queues.Threads.MANY;
import static dev.ballast.queues.Threads.ONE;

import java.util.function.IntFunction;

/** Every queue, for tests that hold for all of them. */
enum Family {
  SPSC_ARRAY(ONE, ONE, true, SpscArrayQueue::new),
  MPSC_ARRAY(MANY, ONE, true, MpscArrayQueue::new),
  SPMC_ARRAY(ONE, MANY, true, size -> new SpmcArrayQueue<>(size, 0)),
  MPMC_ARRAY_STRICT(MANY, MANY, true, StrictMpmcArrayQueue::new),
  MPMC_ARRAY_RELAXED(MANY, MANY, true, size -> new RelaxedMpmcArrayQueue<>(size, 0)),
  MPMC_ARRAY_FAST(MANY, MANY, true, FastMpmcArrayQueue::new),
  SPSC_UNBOUNDED(ONE, ONE, false, size -> new SpscUnboundedQueue<>(QueueBase.powerOfTwo(size))),
  MPSC_UNBOUNDED(MANY, ONE, false, size -> new MpscUnboundedQueue<>(QueueBase.powerOfTwo(size), 0)),
  MPMC_UNBOUNDED(MANY, MANY, false, size -> new MpmcUnboundedQueue<>(size, 0)),
  MPMC_LINKED(MANY, MANY, false, size -> new MpmcLinkedQueue<>());

  private final Threads producers;
  private final Threads consumers;
  private final boolean bounded;

  @SuppressWarnings("ImmutableEnumChecker") // constructor references
  private final IntFunction<ConcurrentQueue<Object>> making;

  Family(
      Threads producers,
      Threads consumers,
      boolean bounded,
      IntFunction<ConcurrentQueue<Object>> making) {
    this.producers = producers;
    this.consumers = consumers;
    this.bounded = bounded;
    this.making = making;
  }

  /** A queue with this capacity, or with segments of this size, that never spins. */
  @SuppressWarnings("unchecked")
  <E> ConcurrentQueue<E> queue(int size) {
    return (ConcurrentQueue<E>) making.apply(size);
  }

  boolean bounded() {
    return bounded;
  }

  boolean manyProducers() {
    return producers == MANY;
  }

  boolean manyConsumers() {
    return consumers == MANY;
  }
}
