package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue for many producers and many consumers, in an array, that is <em>not
 * lock-free</em>: a thread that stops between claiming a cell and finishing with it stops the
 * others sooner or later; they spin until it goes on. Choose it where threads are not stopped for
 * long (no more threads than cores, no debugger) and throughput is all.
 *
 * <ul>
 *   <li>Progress: blocking.
 *   <li>Who may call: everybody, everything.
 *   <li>Full and empty: exact, by waiting for what is in flight. The room of an element that was
 *       removed from the middle is free when all before it are gone.
 *   <li>Closing: an offer that overlaps with {@link #close} may still be delivered after a consumer
 *       saw the queue closed and empty.
 *   <li>Memory: 12 bytes per cell (compressed references), the next power of two of the capacity;
 *       nothing per element.
 * </ul>
 *
 * <p>Source: Vyukov's bounded MPMC queue (2010).
 *
 * @param <E> the elements
 */
public final class FastMpmcArrayQueue<E> extends Layout.Indexed<E> {
  private static final VarHandle TAIL;
  private static final VarHandle HEAD;
  private static final VarHandle WITHDRAWN;
  private static final VarHandle TURN = MethodHandles.arrayElementVarHandle(long[].class);

  static {
    try {
      var lookup = MethodHandles.lookup();
      TAIL = lookup.findVarHandle(Layout.IndexTail.class, "tail", long.class);
      HEAD = lookup.findVarHandle(Layout.IndexHead.class, "head", long.class);
      WITHDRAWN = lookup.findVarHandle(Layout.IndexHead.class, "withdrawn", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable Object[] cells;

  /**
   * Whose turn a cell is: twice its number for the producer of that number, one more for the
   * consumer. (Twice, so that a ring of one cell can tell the next producer from the consumer.)
   */
  private final long[] turns;

  private final int mask;
  private final int capacity;
  private volatile boolean closed;
  private volatile boolean withdrawals;

  FastMpmcArrayQueue(int capacity) {
    this.capacity = requireCapacity(capacity);
    cells = new Object[powerOfTwo(capacity)];
    turns = new long[cells.length];
    mask = cells.length - 1;
    for (int i = 0; i < turns.length; i++) {
      turns[i] = 2L * i;
    }
  }

  @Override
  public boolean offer(E element) {
    Objects.requireNonNull(element, "element");
    if (closed) {
      return false;
    }
    while (true) {
      long t = (long) TAIL.getAcquire(this);
      int i = (int) t & mask;
      long turn = (long) TURN.getAcquire(turns, i);
      if (turn == 2 * t && (capacity > mask || t - (long) HEAD.getAcquire(this) < capacity)) {
        if (TAIL.compareAndSet(this, t, t + 1)) {
          cells[i] = element;
          TURN.setRelease(turns, i, 2 * t + 1);
          return true;
        }
      } else if (turn <= 2 * t && !passRemoved()) {
        if (t - (long) HEAD.getVolatile(this) >= capacity) {
          return false;
        }
        Thread.onSpinWait();
      }
    }
  }

  /** Whether a removed element was first and is gone now. */
  private boolean passRemoved() {
    if (!withdrawals) {
      return false;
    }
    long h = (long) HEAD.getAcquire(this);
    int i = (int) h & mask;
    if ((long) TURN.getAcquire(turns, i) == 2 * h + 1
        && Cells.acquire(cells, i) instanceof Withdrawal w
        && w.isRemoved()
        && HEAD.compareAndSet(this, h, h + 1)) {
      take(h, i);
      return true;
    }
    return false;
  }

  @Override
  public @Nullable E poll() {
    while (true) {
      long h = (long) HEAD.getAcquire(this);
      int i = (int) h & mask;
      long turn = (long) TURN.getAcquire(turns, i);
      if (turn == 2 * h + 1) {
        if (HEAD.compareAndSet(this, h, h + 1)) {
          E element = take(h, i);
          if (element != null) {
            return element;
          }
        }
      } else if (turn <= 2 * h) {
        if ((long) TAIL.getVolatile(this) <= h) {
          return null;
        }
        Thread.onSpinWait();
      }
    }
  }

  /** Empties a cell that the caller has claimed; null if its element was removed. */
  private @Nullable E take(long h, int i) {
    Object v = Objects.requireNonNull(Cells.acquire(cells, i));
    cells[i] = null;
    TURN.setRelease(turns, i, 2 * (h + cells.length));
    if (withdrawals && v instanceof Withdrawal w) {
      if (w.giveUp()) {
        return cast(w.element);
      }
      WITHDRAWN.getAndAdd(this, -1);
      return null;
    }
    return cast(v);
  }

  @Override
  public @Nullable E peek() {
    while (true) {
      passRemoved();
      long h = (long) HEAD.getVolatile(this);
      int i = (int) h & mask;
      long turn = (long) TURN.getAcquire(turns, i);
      Object v = Cells.acquire(cells, i);
      if (head != h) {
        continue;
      }
      if (turn <= 2 * h) {
        if ((long) TAIL.getVolatile(this) <= h) {
          return null;
        }
        Thread.onSpinWait();
        continue;
      }
      if (v instanceof Withdrawal w) {
        if (!w.isRemoved()) {
          return cast(w.element);
        }
      } else if (v != null) {
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
    return !closed && tail - head < capacity;
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public Progress progress() {
    return Progress.BLOCKING;
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
        long number = at++;
        int i = (int) number & mask;
        if ((long) TURN.getAcquire(turns, i) != 2 * number + 1) {
          continue;
        }
        Object v = Cells.acquire(cells, i);
        if (v == null || head > number) {
          continue;
        }
        if (v instanceof Withdrawal w) {
          if (w.isRemoved()) {
            continue;
          }
          v = w.element;
        }
        index = number;
        return cast(v);
      }
      return null;
    }

    @Override
    boolean removeAt(@Nullable Object holder, long index, E element) {
      if (head > index) {
        return false;
      }
      Withdrawal withdrawal = new Withdrawal(element);
      withdrawals = true;
      WITHDRAWN.getAndAdd(FastMpmcArrayQueue.this, 1);
      if (Cells.cas(cells, (int) index & mask, element, withdrawal)) {
        if (head <= index && withdrawal.complete()) {
          passRemoved();
          return true;
        }
        withdrawal.giveUp();
        // The same element may have come back to this cell meanwhile, and can be removed later.
        Cells.cas(cells, (int) index & mask, withdrawal, element);
      }
      WITHDRAWN.getAndAdd(FastMpmcArrayQueue.this, -1);
      return false;
    }
  }

  @SuppressWarnings("unchecked")
  private E cast(Object element) {
    return (E) element;
  }
}
