package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.AbstractQueue;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Around a queue for one producer or one consumer: the first thread in a role owns it until it ends
 * or hands it over, and any other is refused.
 */
final class RoleCheckedQueue<E> extends AbstractQueue<E> implements ConcurrentQueue<E> {
  private static final VarHandle PRODUCER;
  private static final VarHandle CONSUMER;

  static {
    try {
      var lookup = MethodHandles.lookup();
      PRODUCER = lookup.findVarHandle(RoleCheckedQueue.class, "producer", Thread.class);
      CONSUMER = lookup.findVarHandle(RoleCheckedQueue.class, "consumer", Thread.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ConcurrentQueue<E> queue;
  private final Threads producers;
  private final Threads consumers;
  private volatile @Nullable Thread producer;
  private volatile @Nullable Thread consumer;

  RoleCheckedQueue(ConcurrentQueue<E> queue, Threads producers, Threads consumers) {
    this.queue = queue;
    this.producers = producers;
    this.consumers = consumers;
  }

  private void produces() {
    if (producers == Threads.ONE) {
      check("producer", PRODUCER, producer);
    }
  }

  private void consumes() {
    if (consumers == Threads.ONE) {
      check("consumer", CONSUMER, consumer);
    }
  }

  private void check(String role, VarHandle handle, @Nullable Thread seen) {
    Thread me = Thread.currentThread();
    Thread owner = seen;
    while (owner != me) {
      if (owner != null && owner.isAlive()) {
        throw new RoleViolationException(role, owner, me);
      }
      Thread witness = (Thread) handle.compareAndExchange(this, owner, me);
      if (witness == owner) {
        return;
      }
      owner = witness;
    }
  }

  @Override
  public void handOver() {
    producer = null;
    consumer = null;
    queue.handOver();
  }

  @Override
  public boolean add(E element) {
    return QueueBase.add(this, element);
  }

  @Override
  public boolean offer(E element) {
    produces();
    return queue.offer(element);
  }

  @Override
  public int fill(Supplier<? extends E> from, int limit, Consumer<? super E> refused) {
    produces();
    return queue.fill(from, limit, refused);
  }

  @Override
  public @Nullable E poll() {
    consumes();
    return queue.poll();
  }

  @Override
  public @Nullable E peek() {
    consumes();
    return queue.peek();
  }

  @Override
  public int drain(Consumer<? super E> to, int limit) {
    consumes();
    return queue.drain(to, limit);
  }

  @Override
  public boolean remove(@Nullable Object unwanted) {
    consumes();
    return queue.remove(unwanted);
  }

  @Override
  public boolean removeIf(Predicate<? super E> unwanted) {
    consumes();
    return queue.removeIf(unwanted);
  }

  @Override
  public boolean contains(@Nullable Object wanted) {
    return queue.contains(wanted);
  }

  @Override
  public Iterator<E> iterator() {
    Iterator<E> inner = queue.iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return inner.hasNext();
      }

      @Override
      public E next() {
        return inner.next();
      }

      @Override
      public void remove() {
        consumes();
        inner.remove();
      }
    };
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
    consumes();
    return queue.isDrained();
  }
}
