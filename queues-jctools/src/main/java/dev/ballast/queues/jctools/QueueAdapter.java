package dev.ballast.queues.jctools;

import dev.ballast.queues.ConcurrentQueue;
import java.util.AbstractQueue;
import java.util.Iterator;
import java.util.Spliterator;
import org.jctools.queues.MessagePassingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A queue of the family as JCTools and {@link java.util.Queue} see it; made by {@link
 * MessagePassing#of}.
 *
 * @param <E> the elements
 */
public final class QueueAdapter<E> extends AbstractQueue<E> implements MessagePassingQueue<E> {
  /** How many elements {@link #fill(Supplier)} adds to a queue without a bound. */
  private static final int UNBOUNDED_BATCH = 4096;

  private final ConcurrentQueue<E> queue;

  QueueAdapter(ConcurrentQueue<E> queue) {
    this.queue = queue;
  }

  /** {@return the queue behind this} */
  public ConcurrentQueue<E> queue() {
    return queue;
  }

  @Override
  public boolean offer(E element) {
    return queue.offer(element);
  }

  @Override
  public @Nullable E poll() {
    return queue.poll();
  }

  @Override
  public @Nullable E peek() {
    return queue.peek();
  }

  @Override
  public int size() {
    return queue.size();
  }

  @Override
  public boolean isEmpty() {
    return queue.isEmpty();
  }

  @Override
  public void clear() {
    queue.clear();
  }

  @Override
  public int capacity() {
    return queue.capacity() == ConcurrentQueue.UNBOUNDED
        ? MessagePassing.UNBOUNDED
        : queue.capacity();
  }

  @Override
  public boolean relaxedOffer(E element) {
    return queue.offer(element);
  }

  @Override
  public @Nullable E relaxedPoll() {
    return queue.poll();
  }

  @Override
  public @Nullable E relaxedPeek() {
    return queue.peek();
  }

  @Override
  public int drain(Consumer<E> to, int limit) {
    requireArgument(to, "c is null");
    return queue.drain(to::accept, limit);
  }

  @Override
  public int drain(Consumer<E> to) {
    requireArgument(to, "c is null");
    return queue.drain(to::accept, queue.capacity() < 0 ? Integer.MAX_VALUE : queue.capacity());
  }

  @Override
  public void drain(Consumer<E> to, WaitStrategy waiting, ExitCondition running) {
    requireArgument(to, "c is null");
    requireArgument(waiting, "wait is null");
    requireArgument(running, "exit condition is null");
    int idle = 0;
    while (running.keepRunning()) {
      E element = queue.poll();
      if (element == null) {
        idle = waiting.idle(idle);
      } else {
        idle = 0;
        to.accept(element);
      }
    }
  }

  @Override
  public int fill(Supplier<E> from, int limit) {
    requireArgument(from, "supplier is null");
    if (limit < 0) {
      throw new IllegalArgumentException("limit is negative: " + limit);
    }
    for (int added = 0; added < limit; added++) {
      if (queue.remainingCapacity() == 0) {
        return added;
      }
      offerUntilAccepted(from.get());
    }
    return limit;
  }

  /** As JCTools, not as the JDK. */
  private static void requireArgument(@Nullable Object argument, String problem) {
    if (argument == null) {
      throw new IllegalArgumentException(problem);
    }
  }

  private void offerUntilAccepted(E element) {
    while (!queue.offer(element)) {
      if (queue.isClosed()) {
        throw new IllegalStateException("the queue was closed: element=" + element);
      }
      Thread.onSpinWait();
    }
  }

  @Override
  public int fill(Supplier<E> from) {
    return fill(from, queue.capacity() < 0 ? UNBOUNDED_BATCH : queue.capacity());
  }

  @Override
  public void fill(Supplier<E> from, WaitStrategy waiting, ExitCondition running) {
    requireArgument(from, "supplier is null");
    requireArgument(waiting, "wait is null");
    requireArgument(running, "exit condition is null");
    int idle = 0;
    while (running.keepRunning()) {
      if (fill(from, 1) == 0) {
        idle = waiting.idle(idle);
      } else {
        idle = 0;
      }
    }
  }

  @Override
  public boolean contains(@Nullable Object wanted) {
    return queue.contains(wanted);
  }

  @Override
  public boolean remove(@Nullable Object unwanted) {
    return queue.remove(unwanted);
  }

  @Override
  public Iterator<E> iterator() {
    return queue.iterator();
  }

  @Override
  public Spliterator<E> spliterator() {
    return queue.spliterator();
  }
}
