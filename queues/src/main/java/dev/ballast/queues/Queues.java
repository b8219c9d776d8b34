package dev.ballast.queues;

import java.util.Objects;
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
    STRICT(""),
    RELAXED("relaxed()"),
    FAST("fast()"),
    LINKED("linked()");

    private final String call;

    Kind(String call) {
      this.call = call;
    }
  }

  /** The system property that checks roles in all queues that are built while it is true. */
  private static final String CHECK = "ballast.queues.check";

  private final int capacity;
  private Threads producers = Threads.MANY;
  private Threads consumers = Threads.MANY;
  private @Nullable Kind kind;
  private boolean checked;

  private Queues(int capacity) {
    this.capacity = capacity;
  }

  /**
   * Begins a queue that holds at most so many elements, exactly.
   *
   * @param capacity how many
   * @return a builder
   * @throws IllegalArgumentException if the capacity is not from 1 to 2^30
   */
  public static Queues bounded(int capacity) {
    return new Queues(QueueBase.requireCapacity(capacity));
  }

  /** {@return a builder of a queue that grows} */
  public static Queues unbounded() {
    return new Queues(ConcurrentQueue.UNBOUNDED);
  }

  /**
   * Says how many threads offer at the same time.
   *
   * @param producers one, or many if nothing is said
   * @return this
   */
  public Queues producers(Threads producers) {
    this.producers = Objects.requireNonNull(producers, "producers");
    return this;
  }

  /**
   * Says how many threads poll at the same time.
   *
   * @param consumers one, or many if nothing is said
   * @return this
   */
  public Queues consumers(Threads consumers) {
    this.consumers = Objects.requireNonNull(consumers, "consumers");
    return this;
  }

  /**
   * Bounded, many to many: no allocation at all, for the price that a thread in the middle of a
   * call can make it look full one element early.
   *
   * @return this
   */
  public Queues relaxed() {
    return choose(Kind.RELAXED);
  }

  /**
   * Bounded, many to many: the fastest, which is <em>not lock-free</em>.
   *
   * @return this
   */
  public Queues fast() {
    return choose(Kind.FAST);
  }

  /**
   * Unbounded, many to many: a node for each element instead of segments.
   *
   * @return this
   */
  public Queues linked() {
    return choose(Kind.LINKED);
  }

  private Queues choose(Kind chosen) {
    if (kind != null && kind != chosen) {
      throw new IllegalStateException(
          chosen.call + " does not go with " + kind.call + ": choose one");
    }
    kind = chosen;
    return this;
  }

  /**
   * Reports two threads in a role that is for {@link Threads#ONE} by a {@link
   * RoleViolationException} that names both. For tests and for finding mistakes; costs nothing when
   * not asked for. Of a program that cannot be changed, {@code -Dballast.queues.check=true} asks it
   * for every queue.
   *
   * @return this
   */
  public Queues checked() {
    checked = true;
    return this;
  }

  /**
   * Makes the queue; each call makes another.
   *
   * @param <E> the elements
   * @return an empty queue
   * @throws IllegalStateException if {@link #relaxed}, {@link #fast} or {@link #linked} does not
   *     fit the rest
   */
  public <E> ConcurrentQueue<E> build() {
    ConcurrentQueue<E> queue =
        capacity == ConcurrentQueue.UNBOUNDED ? buildUnbounded() : buildBounded();
    boolean single = producers == Threads.ONE || consumers == Threads.ONE;
    return single && (checked || Boolean.getBoolean(CHECK))
        ? new RoleCheckedQueue<>(queue, producers, consumers)
        : queue;
  }

  /**
   * Makes the queue with {@code put}, {@code take} and all else of a blocking queue.
   *
   * @param <E> the elements
   * @return an empty queue
   * @throws IllegalStateException as {@link #build}
   */
  public <E> ParkingQueue<E> buildParking() {
    return new ParkingQueue<>(build());
  }

  private <E> ConcurrentQueue<E> buildUnbounded() {
    if (kind == Kind.LINKED) {
      return new MpmcLinkedQueue<>();
    }
    if (kind != null) {
      throw new IllegalStateException(
          kind.call + " is for bounded queues: begin with bounded(capacity), or leave it out");
    }
    if (consumers == Threads.MANY) {
      return new MpmcUnboundedQueue<>();
    }
    return producers == Threads.MANY ? new MpscUnboundedQueue<>() : new SpscUnboundedQueue<>();
  }

  private IllegalStateException isForUnbounded() {
    return new IllegalStateException(
        Kind.LINKED.call
            + " is for unbounded queues: begin with unbounded(), or leave it out: capacity="
            + capacity);
  }

  private <E> ConcurrentQueue<E> buildBounded() {
    if (producers == Threads.MANY && consumers == Threads.MANY) {
      return switch (kind == null ? Kind.STRICT : kind) {
        case STRICT -> new StrictMpmcArrayQueue<>(capacity);
        case RELAXED -> new RelaxedMpmcArrayQueue<>(capacity);
        case FAST -> new FastMpmcArrayQueue<>(capacity);
        case LINKED -> throw isForUnbounded();
      };
    }
    if (kind == Kind.LINKED) {
      throw isForUnbounded();
    }
    if (kind != null) {
      throw new IllegalStateException(
          kind.call
              + " is for many producers and many consumers: producers="
              + producers
              + " consumers="
              + consumers
              + "; leave it out, what is built for one is faster");
    }
    if (producers == Threads.MANY) {
      return new MpscArrayQueue<>(capacity);
    }
    return consumers == Threads.MANY
        ? new SpmcArrayQueue<>(capacity)
        : new SpscArrayQueue<>(capacity);
  }
}
