package dev.ballast.queues;

import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A queue between threads. Every implementation names its {@linkplain #progress progress guarantee}
 * and which threads may call what: a <em>producer</em> calls {@code offer}, {@code add}, {@code
 * addAll} and {@code fill}; a <em>consumer</em> calls {@code poll}, {@code remove}, {@code peek},
 * {@code element}, {@code drain}, {@code clear} and everything that removes. {@code size}, {@code
 * isEmpty}, {@code contains}, {@code iterator}, {@code toArray}, {@code close} and the questions
 * about the queue itself are open to every thread.
 *
 * <p>Actions of a thread before it offers an element happen before the actions of the thread that
 * takes it, after it took it.
 *
 * <p>Elements are never null: {@code offer(null)} throws {@link NullPointerException}, and {@code
 * poll() == null} says that the queue was empty. Iterators are weakly consistent: they never throw
 * {@link java.util.ConcurrentModificationException}, show each element at most once, and show every
 * element that was in the queue during the whole walk. Removing through an iterator, and every
 * other removal of an element that is not the first, belongs to the consumers.
 *
 * @param <E> the elements
 */
public interface ConcurrentQueue<E> extends Queue<E> {

  /** The {@link #capacity()} of a queue that has no bound. */
  int UNBOUNDED = -1;

  /**
   * Adds an element at the end.
   *
   * @return false if and only if the queue is full or closed; each queue says what full means to it
   * @throws NullPointerException if the element is null
   */
  @Override
  boolean offer(E element);

  /**
   * Adds an element at the end.
   *
   * @return true
   * @throws QueueClosedException if the queue is closed
   * @throws IllegalStateException if it is full
   * @throws NullPointerException if the element is null
   */
  @Override
  boolean add(E element);

  /** {@return how many elements the queue holds at most, exactly, or {@link #UNBOUNDED}} */
  int capacity();

  /** {@return the strongest guarantee that holds for all of offer, poll and peek} */
  Progress progress();

  /** {@return the order in which elements leave} */
  Ordering ordering();

  /**
   * Counts the elements, in constant time (or in time bounded by the calls in flight) unless the
   * class says otherwise.
   *
   * @return exact when nothing else happens; otherwise a number that was nearly true, never below
   *     zero and never above the capacity
   */
  @Override
  int size();

  /**
   * Ends the intake: every offer that begins after this returned is refused, and what is inside can
   * still be taken. An offer that overlaps with this call is refused or delivered. Whether it can
   * be delivered after a consumer has already seen the queue closed and empty, each queue says.
   */
  void close();

  /** {@return whether {@link #close} was called} */
  boolean isClosed();

  /**
   * Whether the queue is closed and nothing will come out of it any more, but for offers that
   * overlapped with closing where the queue lets them follow. To be asked after {@code poll()}
   * returned null, by a consumer.
   *
   * @return true once the queue is closed and empty
   */
  boolean isDrained();

  /**
   * Says that the roles of single producer and single consumer pass to other threads. Does nothing
   * except where {@linkplain Queues#checked() roles are checked}.
   */
  default void handOver() {}

  /**
   * Takes up to {@code limit} elements, oldest first, and hands each to {@code to} at once. Stops
   * early when the queue is empty, and where {@code to} throws: that element was taken, the rest
   * stays.
   *
   * @param to gets the elements
   * @param limit how many it gets at most
   * @return how many were taken
   * @throws NullPointerException if {@code to} is null
   * @throws IllegalArgumentException if {@code limit} is negative
   */
  int drain(Consumer<? super E> to, int limit);

  /**
   * Takes what is inside, at most as many elements as were seen at the start of the call.
   *
   * @param to gets the elements
   * @return how many were taken
   */
  default int drain(Consumer<? super E> to) {
    return drain(to, size());
  }

  /**
   * Adds up to {@code limit} elements from a supplier, which is asked only while there is room.
   * Where other producers compete for the room of a bounded queue, or it is closed meanwhile, it
   * can be gone when the element is there: that one element goes to {@code refused}, and filling
   * ends.
   *
   * @param from makes the elements, never null
   * @param limit how many it is asked for at most
   * @param refused gets the one element for which there was no room any more
   * @return how many were added
   * @throws NullPointerException if an argument is null or the supplier returns null
   * @throws IllegalArgumentException if {@code limit} is negative
   */
  int fill(Supplier<? extends E> from, int limit, Consumer<? super E> refused);

  /**
   * As {@link #fill(Supplier, int, Consumer)}, for a producer that has no competitors or an
   * unbounded queue.
   *
   * @param from makes the elements, never null
   * @param limit how many it is asked for at most
   * @return how many were added
   * @throws IllegalStateException naming the element, if its room was taken by another producer or
   *     the queue was closed meanwhile
   */
  default int fill(Supplier<? extends E> from, int limit) {
    return fill(
        from,
        limit,
        element -> {
          throw new IllegalStateException("queue full or closed: element=" + element);
        });
  }
}
