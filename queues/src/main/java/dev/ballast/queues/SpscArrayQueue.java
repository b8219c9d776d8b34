package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
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
public final class SpscArrayQueue<E> extends ArrayQueue<E> {
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

  SpscArrayQueue(int capacity) {
    super(capacity);
    cells = new Object[mask + 1];
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
  public int drain(Consumer<? super E> to, int limit) {
    Objects.requireNonNull(to, "to");
    requireLimit(limit);
    @Nullable Object[] array = cells;
    for (int taken = 0; taken < limit; taken++) {
      // Read anew for each, since the target may use this queue.
      long h = (long) HEAD.get(this);
      int i = (int) h & (array.length - 1);
      Object v = Cells.acquire(array, i);
      if (v == null) {
        return taken;
      }
      array[i] = null;
      HEAD.setRelease(this, h + 1);
      if (withdrawn > 0) {
        passRemoved();
      }
      to.accept(cast(v));
    }
    return limit;
  }

  /** One element at a time: nothing is claimed before, so a slow supplier delays only itself. */
  @Override
  public int fill(Supplier<? extends E> from, int limit, Consumer<? super E> refused) {
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(refused, "refused");
    requireLimit(limit);
    @Nullable Object[] array = cells;
    for (int added = 0; added < limit; added++) {
      long t = (long) TAIL.get(this);
      if ((t >= tailLimit && !findRoom(t)) || closed) {
        return added;
      }
      E element = Objects.requireNonNull(from.get(), "the supplier returned null");
      if ((long) TAIL.get(this) != t || closed) {
        // The supplier offered, or somebody closed meanwhile.
        if (!offer(element)) {
          refused.accept(element);
          return added;
        }
        continue;
      }
      Cells.release(array, (int) t & (array.length - 1), element);
      TAIL.setRelease(this, t + 1);
    }
    return limit;
  }

  /** With an offer whose element is in its cell already, and can be polled. */
  @Override
  long end(long start) {
    while (true) {
      long t = tail;
      boolean ahead = t - start <= mask && Cells.acquire(cells, (int) t & mask) != null;
      if (tail == t) {
        return ahead ? t + 1 : t;
      }
    }
  }

  @Override
  public boolean isEmpty() {
    while (true) {
      long h = head;
      long n = h;
      Object v = Cells.acquire(cells, (int) n & mask);
      while (v == REMOVED && n - h < mask) {
        v = Cells.acquire(cells, (int) ++n & mask);
      }
      if (head == h) {
        return v == null || v == REMOVED;
      }
    }
  }

  @Override
  public Progress progress() {
    return Progress.WAIT_FREE;
  }

  @Override
  Traversal<E> traversal() {
    return new Walk();
  }

  private final class Walk extends Traversal<E> {
    private long at = head;

    @Override
    @Nullable E step() {
      while (at < end(head)) {
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
}
