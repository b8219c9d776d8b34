package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue for one producer and many consumers, in an array, without allocation.
 *
 * <p>A consumer reads the first element and then moves the head over it; who moves the head owns
 * the element. Consumers write no cells, so the producer never waits for one that sleeps.
 *
 * <ul>
 *   <li>Progress: lock-free; an offer is wait-free.
 *   <li>Who may call: the producer's calls one thread at a time; the consumers' everybody.
 *   <li>Full and empty: exact. The room of an element that was removed from the middle is free when
 *       all before it are gone.
 *   <li>Closing: an offer that another thread's {@link #close} overlaps may still be delivered
 *       after a consumer saw the queue closed and empty; closing by the producer is exact.
 *   <li>Memory: 4 bytes per cell (compressed references), the next power of two of the capacity;
 *       nothing per element. Elements that were taken stay reachable until the producer offers
 *       again, at most 32 times.
 * </ul>
 *
 * <p>Source: the consumer side of Go's run queue ({@code runtime/proc.go}); removal is ours.
 *
 * @param <E> the elements
 */
public final class SpmcArrayQueue<E> extends Layout.Indexed<E> {
  /** How many offers share one look at the head, to forget what was taken. */
  private static final int CLEARING = 32;

  private static final VarHandle TAIL;
  private static final VarHandle HEAD;
  private static final VarHandle LIMIT;
  private static final VarHandle WITHDRAWN;

  static {
    try {
      var lookup = MethodHandles.lookup();
      TAIL = lookup.findVarHandle(Layout.IndexTail.class, "tail", long.class);
      HEAD = lookup.findVarHandle(Layout.IndexHead.class, "head", long.class);
      LIMIT = lookup.findVarHandle(Layout.IndexHead.class, "headLimit", long.class);
      WITHDRAWN = lookup.findVarHandle(Layout.IndexHead.class, "withdrawn", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable Object[] cells;
  private final int mask;
  private final int capacity;
  private volatile boolean closed;

  /** Elements that somebody is removing or has removed from the middle, by their number. */
  private final ConcurrentSkipListMap<Long, Withdrawal> withdrawals = new ConcurrentSkipListMap<>();

  /** Whether there ever were any. */
  private volatile boolean withdrew;

  SpmcArrayQueue(int capacity) {
    this.capacity = requireCapacity(capacity);
    cells = new Object[powerOfTwo(capacity)];
    mask = cells.length - 1;
  }

  @Override
  public boolean offer(E element) {
    Objects.requireNonNull(element, "element");
    if (closed) {
      return false;
    }
    long t = (long) TAIL.get(this);
    if (t >= tailLimit || (t & (CLEARING - 1)) == 0) {
      long h = passRemoved();
      clear(h);
      tailLimit = h + capacity;
      if (t >= tailLimit) {
        return false;
      }
    }
    Cells.release(cells, (int) t & mask, element);
    TAIL.setRelease(this, t + 1);
    return true;
  }

  /** The head, moved over removed elements, so that they hold no room. */
  private long passRemoved() {
    long h = (long) HEAD.getVolatile(this);
    while (withdrew && isRemoved(h) && h < tail) {
      if (HEAD.compareAndSet(this, h, h + 1)) {
        withdrawals.remove(h);
        WITHDRAWN.getAndAdd(this, -1);
      }
      h = (long) HEAD.getVolatile(this);
    }
    return h;
  }

  private boolean isRemoved(long number) {
    Withdrawal withdrawal = withdrawals.get(number);
    return withdrawal != null && withdrawal.isRemoved();
  }

  /** Forgets elements that were taken; by the producer. */
  private void clear(long h) {
    for (long i = Math.max(tailCleared, tail - cells.length); i < h; i++) {
      cells[(int) i & mask] = null;
    }
    tailCleared = h;
  }

  @Override
  public @Nullable E poll() {
    while (true) {
      long h = (long) HEAD.getAcquire(this);
      if (h >= (long) LIMIT.getAcquire(this) && !findMore(h)) {
        return null;
      }
      Object v = Cells.acquire(cells, (int) h & mask);
      if (!HEAD.compareAndSet(this, h, h + 1)) {
        continue;
      }
      // Not before: who registers after this sees that the head has moved, and gives up.
      if (withdrew) {
        Withdrawal withdrawal = withdrawals.remove(h);
        if (withdrawal != null && !withdrawal.giveUp()) {
          WITHDRAWN.getAndAdd(this, -1);
          continue;
        }
      }
      return cast(Objects.requireNonNull(v));
    }
  }

  private boolean findMore(long h) {
    long t = (long) TAIL.getAcquire(this);
    if (h >= t) {
      return false;
    }
    LIMIT.setRelease(this, t);
    return true;
  }

  @Override
  public @Nullable E peek() {
    while (true) {
      long h = passRemoved();
      if (h >= tail) {
        return null;
      }
      Object v = Cells.acquire(cells, (int) h & mask);
      if (v != null && !(withdrew && isRemoved(h)) && head == h) {
        return cast(v);
      }
    }
  }

  @Override
  public int size() {
    long h = head;
    return QueueBase.clamp(tail - h - withdrawn, 0, capacity);
  }

  @Override
  boolean hasRoom() {
    return !closed && tail - passRemoved() < capacity;
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public Progress progress() {
    return Progress.LOCK_FREE;
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
    return closed && peek() == null;
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
        if (v == null || head >= at || (withdrew && isRemoved(at - 1))) {
          continue;
        }
        index = at - 1;
        return cast(v);
      }
      return null;
    }

    @Override
    boolean removeAt(@Nullable Object holder, long index, E element) {
      Withdrawal withdrawal = new Withdrawal(element);
      withdrew = true;
      if (withdrawals.putIfAbsent(index, withdrawal) != null) {
        return false;
      }
      WITHDRAWN.getAndAdd(SpmcArrayQueue.this, 1);
      if (head <= index && withdrawal.complete()) {
        passRemoved();
        return true;
      }
      withdrawal.giveUp();
      withdrawals.remove(index, withdrawal);
      WITHDRAWN.getAndAdd(SpmcArrayQueue.this, -1);
      return false;
    }
  }

  @SuppressWarnings("unchecked")
  private E cast(Object element) {
    return (E) element;
  }
}
