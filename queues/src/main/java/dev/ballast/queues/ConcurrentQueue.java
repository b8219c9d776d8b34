package dev.ballast.queues;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A queue between threads. Every implementation names its {@linkplain #progress progress guarantee}
 * and which threads may call what: a <em>producer</em> calls {@code offer}, {@code add}, {@code
 * addAll} and {@code fill}; a <em>consumer</em> calls {@code poll}, {@code remove}, {@code peek},
 * {@code element}, {@code drain}, {@code clear} and everything that removes. {@code size}, {@code
 * isEmpty}, {@code contains}, {@code iterator}, {@code toArray}, {@code close} and the questions
 * about the queue itself are open to every thread; so are {@code spliterator} and {@code stream}.
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
 * <p>No queue is serializable: what waits between threads belongs to a running program. Write
 * {@code toArray()} where its elements are to be kept.
 *
 * @param <E> the elements
 */
public interface ConcurrentQueue<E> extends Queue<E>, AutoCloseable {

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
   * Counts the elements, in constant time (or in time bounded by the calls in progress): looks
   * again while elements leave between two of its steps, so that the number was true at one moment
   * of the call. It differs from that by at most one for each thread that is at that moment in the
   * middle of a removal of an element that is not the first, or goes over such a gap, and (where
   * the class says so) in the middle of an offer. Never below zero, never above the capacity.
   */
  @Override
  int size();

  /**
   * Whether there is nothing to take. For the only consumer of a queue {@code false} means that its
   * next {@code poll} returns an element. For others: at one moment of the call it was so.
   */
  @Override
  boolean isEmpty();

  /**
   * Counts the elements that could be offered now.
   *
   * @return of a bounded queue the room; an element that was removed from the middle holds its
   *     place, here as for {@code offer}, until all before it are gone, so that this can be less
   *     than {@code capacity() - size()}. {@link Integer#MAX_VALUE} of an unbounded queue. 0 once
   *     it is closed
   */
  int remainingCapacity();

  /**
   * A weakly consistent walk as that of the iterator. Neither it nor {@code stream()} counts the
   * elements before.
   */
  @Override
  default Spliterator<E> spliterator() {
    return Spliterators.spliteratorUnknownSize(
        iterator(), Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.CONCURRENT);
  }

  /**
   * Ends the intake: every offer that begins after this returned is refused, and what is inside can
   * still be taken. An offer that overlaps with this call is refused or delivered. Whether it can
   * be delivered after a consumer has already seen the queue closed and empty, each queue says.
   */
  @Override
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
   * Adds up to {@code limit} elements from a supplier, which is asked only while there is room. It
   * is asked for some elements before any of their cells is claimed, so that one that is slow stops
   * no other thread; where it throws, those that it gave before are added. Where other producers
   * compete for the room of a bounded queue, or it is closed meanwhile, the room can be gone when
   * the elements are there: they go to {@code refused}, oldest first, and filling ends.
   *
   * @param from makes the elements, never null
   * @param limit how many it is asked for at most
   * @param refused gets each element for which there was no room any more
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
   * @throws IllegalStateException naming the elements whose room was taken by another producer, or
   *     for which the queue was closed meanwhile
   */
  default int fill(Supplier<? extends E> from, int limit) {
    List<E> left = new ArrayList<>(0);
    int added = fill(from, limit, left::add);
    if (!left.isEmpty()) {
      throw new IllegalStateException("queue full or closed: elements=" + left);
    }
    return added;
  }
}
