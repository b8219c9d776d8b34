package dev.ballast.concurrency.queue;

import static dev.ballast.concurrency.queue.Family.Side.MANY;
import static dev.ballast.concurrency.queue.Family.Side.ONE;

import java.util.function.IntFunction;

/** Every queue, for tests that hold for all of them. */
enum Family {
  MPSC_UNBOUNDED(MANY, ONE, size -> new MpscUnboundedQueue<>(QueueBase.powerOfTwo(size), 0)),
  MPMC_UNBOUNDED(MANY, MANY, size -> new MpmcUnboundedQueue<>(size, 0));

  enum Side {
    ONE,
    MANY
  }

  private final Side producers;
  private final Side consumers;

  @SuppressWarnings("ImmutableEnumChecker") // constructor references
  private final IntFunction<ConcurrentQueue<Object>> making;

  Family(Side producers, Side consumers, IntFunction<ConcurrentQueue<Object>> making) {
    this.producers = producers;
    this.consumers = consumers;
    this.making = making;
  }

  /** A queue with this capacity, or with segments of this size, that never spins. */
  @SuppressWarnings("unchecked")
  <E> ConcurrentQueue<E> queue(int size) {
    return (ConcurrentQueue<E>) making.apply(size);
  }

  boolean manyProducers() {
    return producers == MANY;
  }

  boolean manyConsumers() {
    return consumers == MANY;
  }
}
