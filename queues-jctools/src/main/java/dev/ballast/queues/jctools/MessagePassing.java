package dev.ballast.queues.jctools;

import dev.ballast.queues.ConcurrentQueue;
import java.util.Objects;
import org.jctools.queues.MessagePassingQueue;

/**
 * Gives a queue of the family the interface of JCTools.
 *
 * <ul>
 *   <li>Relaxed operations are the exact ones: they are as lock-free, and never fail without cause.
 *   <li>{@code fill} obtains one element at a time, when there is room, and then offers it. Where
 *       another producer was faster, it offers again until there is room, which waits for a
 *       consumer: no element that the supplier gave is lost.
 *   <li>{@code fill} and {@code drain} with a wait strategy and an exit condition idle by the
 *       strategy while there is nothing to do, until the condition says no.
 *   <li>A closed queue refuses offers; {@code fill} ends, and throws {@link IllegalStateException}
 *       if it has an element in its hands.
 *   <li>What is returned is a {@link java.util.Queue} too, of type {@link QueueAdapter}.
 * </ul>
 */
public final class MessagePassing {
  private MessagePassing() {}

  /**
   * Adapts a queue, which both sides may go on to use directly.
   *
   * @param queue any queue of the family
   * @param <E> the elements
   * @return the same elements as JCTools sees them
   */
  public static <E> QueueAdapter<E> of(ConcurrentQueue<E> queue) {
    return new QueueAdapter<>(Objects.requireNonNull(queue, "queue"));
  }

  /** As JCTools has it. */
  static final int UNBOUNDED = MessagePassingQueue.UNBOUNDED_CAPACITY;
}
