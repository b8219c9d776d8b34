package dev.ballast.concurrency.queue;

import org.jspecify.annotations.Nullable;

/**
 * Makes queues by need:
 *
 * <pre>{@code
 * ConcurrentQueue<Task> tasks = Queues.bounded(1024).producers(MANY).consumers(ONE).build();
 * ParkingQueue<Event> events = Queues.unbounded().consumers(ONE).buildParking();
 * }</pre>
 *
 * <p>Without further words any number of threads may produce and consume, every queue is lock-free,
 * and full and empty are exact. Saying that there is only {@link Threads#ONE} producer or consumer
 * gives a faster queue; {@link #checked} finds out whether that was true.
 *
 * <p>A builder is used by one thread.
 */
public final class Queues {
  private enum Kind {
    STRICT,
    RELAXED,
    FAST,
    LINKED
  }

  private final int capacity;
  private Threads producers = Threads.MANY;
  private Threads consumers = Threads.MANY;
  private @Nullable Kind kind;
  private boolean checked;

  private Queues(int capacity) {
    this.capacity = capacity;
  }

  /**
   * A queue that holds at most so many elements, exactly.
   *
   * @throws IllegalArgumentException if the capacity is not from 1 to 2^30
   */
  public static Queues bounded(int capacity) {
    return new Queues(QueueBase.requireCapacity(capacity));
  }

  /** A queue that grows. */
  public static Queues unbounded() {
    return new Queues(ConcurrentQueue.UNBOUNDED);
  }

  /** How many threads offer at the same time. */
  public Queues producers(Threads producers) {
    this.producers = producers;
    return this;
  }

  /** How many threads poll at the same time. */
  public Queues consumers(Threads consumers) {
    this.consumers = consumers;
    return this;
  }

  /**
   * Bounded, many to many: no allocation at all, for the price that a thread in the middle of a
   * call can make it look full one element early.
   */
  public Queues relaxed() {
    return choose(Kind.RELAXED);
  }

  /** Bounded, many to many: the fastest, which is <em>not lock-free</em>. */
  public Queues fast() {
    return choose(Kind.FAST);
  }

  /** Unbounded, many to many: a node for each element instead of segments. */
  public Queues linked() {
    return choose(Kind.LINKED);
  }

  private Queues choose(Kind chosen) {
    if (kind != null && kind != chosen) {
      throw new IllegalStateException(chosen + " was already set to " + kind);
    }
    kind = chosen;
    return this;
  }

  /**
   * Reports two threads in a role that is for {@link Threads#ONE} by a {@link
   * RoleViolationException} that names both. For tests and for finding mistakes; costs nothing when
   * not asked for.
   */
  public Queues checked() {
    checked = true;
    return this;
  }

  /**
   * The queue.
   *
   * @throws IllegalStateException if {@link #relaxed}, {@link #fast} or {@link #linked} does not
   *     fit the rest
   */
  public <E> ConcurrentQueue<E> build() {
    ConcurrentQueue<E> queue =
        capacity == ConcurrentQueue.UNBOUNDED ? buildUnbounded() : buildBounded();
    boolean single = producers == Threads.ONE || consumers == Threads.ONE;
    return checked && single ? new RoleCheckedQueue<>(queue, producers, consumers) : queue;
  }

  /** The queue with {@code put}, {@code take} and all else of a blocking queue. */
  public <E> ParkingQueue<E> buildParking() {
    return new ParkingQueue<>(build());
  }

  private <E> ConcurrentQueue<E> buildUnbounded() {
    if (kind == Kind.LINKED) {
      return new MpmcLinkedQueue<>();
    }
    if (kind != null) {
      throw new IllegalStateException(kind + " is for bounded queues");
    }
    if (consumers == Threads.MANY) {
      return new MpmcUnboundedQueue<>();
    }
    return producers == Threads.MANY ? new MpscUnboundedQueue<>() : new SpscUnboundedQueue<>();
  }

  private <E> ConcurrentQueue<E> buildBounded() {
    if (producers == Threads.MANY && consumers == Threads.MANY) {
      return switch (kind == null ? Kind.STRICT : kind) {
        case STRICT -> new StrictMpmcArrayQueue<>(capacity);
        case RELAXED -> new RelaxedMpmcArrayQueue<>(capacity);
        case FAST -> new FastMpmcArrayQueue<>(capacity);
        case LINKED -> throw new IllegalStateException(kind + " is for unbounded queues");
      };
    }
    if (kind != null) {
      throw new IllegalStateException(
          kind
              + " is for many producers and consumers: producers="
              + producers
              + " consumers="
              + consumers);
    }
    if (producers == Threads.MANY) {
      return new MpscArrayQueue<>(capacity);
    }
    return consumers == Threads.MANY
        ? new SpmcArrayQueue<>(capacity)
        : new SpscArrayQueue<>(capacity);
  }
}
