package dev.ballast.bench.queue;

import dev.ballast.queues.LocalRunQueue;
import dev.ballast.queues.WorkStealingDeque;
import java.util.AbstractQueue;
import java.util.Iterator;
import java.util.Queue;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler's queue in the shape of a {@link Queue}, for the stall sweep: the owner offers, and
 * {@code poll} is one of its ways to take; {@link #steal} is what the other threads do meanwhile.
 */
public final class Scheduling extends AbstractQueue<Object> {
  private final Predicate<Object> push;
  private final Supplier<@Nullable Object> take;
  private final Supplier<@Nullable Object> steal;

  private Scheduling(
      Predicate<Object> push, Supplier<@Nullable Object> take, Supplier<@Nullable Object> steal) {
    this.push = push;
    this.take = take;
    this.steal = steal;
  }

  static Queue<Object> dequeOfOwner() {
    WorkStealingDeque<Object> deque = new WorkStealingDeque<>();
    return new Scheduling(pushing(deque), deque::pop, deque::steal);
  }

  static Queue<Object> dequeOfThief() {
    WorkStealingDeque<Object> deque = new WorkStealingDeque<>();
    return new Scheduling(pushing(deque), deque::steal, deque::steal);
  }

  static Queue<Object> runQueueOfOwner(int capacity) {
    LocalRunQueue<Object> ring = new LocalRunQueue<>(capacity);
    return new Scheduling(
        element -> {
          ring.pushNext(element, _ -> {});
          return true;
        },
        ring::poll,
        ring::steal);
  }

  /** A thief that takes half of the ring at once. */
  static Queue<Object> runQueueOfThief(int capacity) {
    LocalRunQueue<Object> ring = new LocalRunQueue<>(capacity);
    return new Scheduling(
        ring::offer, () -> new LocalRunQueue<>(capacity).stealFrom(ring), ring::steal);
  }

  private static Predicate<Object> pushing(WorkStealingDeque<Object> deque) {
    return element -> {
      deque.push(element);
      return true;
    };
  }

  @Override
  public boolean offer(Object element) {
    return push.test(element);
  }

  @Override
  public @Nullable Object poll() {
    return take.get();
  }

  /** Takes an element as another thread may, whatever the owner does. */
  public @Nullable Object steal() {
    return steal.get();
  }

  @Override
  public @Nullable Object peek() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Iterator<Object> iterator() {
    throw new UnsupportedOperationException();
  }

  @Override
  public int size() {
    throw new UnsupportedOperationException();
  }
}
