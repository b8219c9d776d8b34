package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue for one producer and one consumer, in an array.
 *
 * <ul>
 *   <li>Progress: wait-free; no loops but over elements that the consumer itself removed, and no
 *       atomic read-modify-write.
 *   <li>Who may call: the producer's calls one thread at a time, the consumer's (with {@code
 *       remove(Object)} and removing iterators) one thread at a time.
 *   <li>Full and empty: exact. The room of an element that was removed from the middle is free when
 *       all before it are gone.
 *   <li>Closing: an offer that another thread's {@link #close} overlaps may still be delivered
 *       after a consumer saw the queue closed and empty; closing by the producer is exact.
 *   <li>Memory: 4 bytes per cell (compressed references), the next power of two of the capacity;
 *       nothing per element.
 * </ul>
 *
 * <p>Source: Lamport's ring (1983) with a cached limit for the producer, and FastForward's null
 * test for the consumer (Giacomoni, Moseley and Vachharajani, PPoPP 2008).
 *
 * @param <E> the elements
 */
public final class SpscArrayQueue<E> extends Layout.Indexed<E> {
  private static final Object REMOVED = new Object();

  private static final VarHandle TAIL;
  private static final VarHandle HEAD;

  static {
    try {
      var lookup = MethodHandles.lookup();
      TAIL = lookup.findVarHandle(Layout.IndexTail.class, "tail", long.class);
      HEAD = lookup.findVarHandle(Layout.IndexHead.class, "head", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable Object[] cells;
  private final int mask;
  private final int capacity;
  private volatile boolean closed;

  SpscArrayQueue(int capacity) {
    this.capacity = requireCapacity(capacity);
    cells = new Object[powerOfTwo(capacity)];
    mask = cells.length - 1;
  }

  @Override
  public boolean offer(E element) {
    Objects.requireNonNull(element, "element");
    long t = (long) TAIL.get(this);
    if (t >= tailLimit && !findRoom(t)) {
      return false;
    }
    if (closed) {
      return false;
    }
    @Nullable Object[] array = cells;
    // Not the mask: the compiler sees that this is in bounds.
    Cells.release(array, (int) t & (array.length - 1), element);
    TAIL.setRelease(this, t + 1);
    return true;
  }

  private boolean findRoom(long t) {
    tailLimit = (long) HEAD.getAcquire(this) + capacity;
    return t < tailLimit;
  }

  @Override
  public @Nullable E poll() {
    long h = (long) HEAD.get(this);
    @Nullable Object[] array = cells;
    int i = (int) h & (array.length - 1);
    Object v = Cells.acquire(array, i);
    if (v == null) {
      return null;
    }
    array[i] = null;
    HEAD.setRelease(this, h + 1);
    if (withdrawn > 0) {
      passRemoved();
    }
    return cast(v);
  }

  /** Keeps the head off removed elements, so that they hold no room; by the consumer. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the consumer
  private void passRemoved() {
    long h = (long) HEAD.get(this);
    while (cells[(int) h & mask] == REMOVED) {
      cells[(int) h & mask] = null;
      withdrawn--;
      HEAD.setRelease(this, ++h);
    }
  }

  @Override
  public @Nullable E peek() {
    Object v = Cells.acquire(cells, (int) (long) HEAD.get(this) & mask);
    return v == null ? null : cast(v);
  }

  @Override
  public int size() {
    long h = head;
    return QueueBase.clamp(tail - h - withdrawn, 0, capacity);
  }

  @Override
  boolean hasRoom() {
    return !closed && tail - head < capacity;
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public Progress progress() {
    return Progress.WAIT_FREE;
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public boolean isDrained() {
    return closed && isEmpty();
  }

  @Override
  Traversal<E> traversal() {
    return new Walk();
  }

  private final class Walk extends Traversal<E> {
    private long at = head;

    @Override
    @Nullable E step() {
      while (at < tail) {
        long h = head;
        if (at < h) {
          at = h;
          continue;
        }
        Object v = Cells.acquire(cells, (int) at++ & mask);
        if (v != null && v != REMOVED && head < at) {
          index = at - 1;
          return cast(v);
        }
      }
      return null;
    }

    @Override
    @SuppressWarnings({"NonAtomicVolatileUpdate", "ReferenceEquality"}) // one consumer; its cell
    boolean removeAt(@Nullable Object holder, long index, E element) {
      int i = (int) index & mask;
      if (index < (long) HEAD.get(SpscArrayQueue.this) || cells[i] != element) {
        return false;
      }
      withdrawn++;
      Cells.release(cells, i, REMOVED);
      passRemoved();
      return true;
    }
  }

  @SuppressWarnings("unchecked")
  private E cast(Object element) {
    return (E) element;
  }
}
