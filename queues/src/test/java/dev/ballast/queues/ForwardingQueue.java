package dev.ballast.queues;

import java.util.AbstractQueue;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Around a queue, for tests that change one of its answers. */
class ForwardingQueue<E> extends AbstractQueue<E> implements ConcurrentQueue<E> {
  private final ConcurrentQueue<E> queue;

  ForwardingQueue(ConcurrentQueue<E> queue) {
    this.queue = queue;
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
  public Iterator<E> iterator() {
    return queue.iterator();
  }

  @Override
  public int size() {
    return queue.size();
  }

  @Override
  public int capacity() {
    return queue.capacity();
  }

  @Override
  public int remainingCapacity() {
    return queue.remainingCapacity();
  }

  @Override
  public Progress progress() {
    return queue.progress();
  }

  @Override
  public Ordering ordering() {
    return queue.ordering();
  }

  @Override
  public void close() {
    queue.close();
  }

  @Override
  public boolean isClosed() {
    return queue.isClosed();
  }

  @Override
  public boolean isDrained() {
    return queue.isDrained();
  }

  @Override
  public int drain(Consumer<? super E> to, int limit) {
    return queue.drain(to, limit);
  }

  @Override
  public int fill(Supplier<? extends E> from, int limit, Consumer<? super E> refused) {
    return queue.fill(from, limit, refused);
  }
}
