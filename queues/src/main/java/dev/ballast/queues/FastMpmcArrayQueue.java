package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
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
public final class FastMpmcArrayQueue<E> extends ArrayQueue<E> {
  /** In the cell of an element that was removed. */
  private static final Withdrawal GONE = Withdrawal.removed();

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

  private volatile boolean withdrawals;

  FastMpmcArrayQueue(int capacity) {
    super(capacity);
    cells = new Object[mask + 1];
    turns = new long[cells.length];
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
  long end(long start) {
    return tail;
  }

  @Override
  public boolean isEmpty() {
    return peek() == null;
  }

  @Override
  public Progress progress() {
    return Progress.BLOCKING;
  }

  @Override
  public int fill(Supplier<? extends E> from, int limit, Consumer<? super E> refused) {
    return fillInBatches(from, limit, refused);
  }

  /** Claims the cells of a batch in one step. */
  @Override
  int offerAll(Object[] batch, int count) {
    int added = 0;
    while (added < count && !closed) {
      long t = (long) TAIL.getAcquire(this);
      int free = freeFrom(t, count - added);
      if (free == 0) {
        if (!offer(cast(batch[added]))) {
          break;
        }
        added++;
      } else if (TAIL.compareAndSet(this, t, t + free)) {
        for (long n = t; n < t + free; n++) {
          int i = (int) n & mask;
          cells[i] = batch[added++];
          TURN.setRelease(turns, i, 2 * n + 1);
        }
      }
    }
    return added;
  }

  /** How many numbers from one on, at most so many, have cells that can be filled. */
  private int freeFrom(long t, int most) {
    int allowed = clamp((long) HEAD.getAcquire(this) + capacity - t, 0, most);
    int free = 0;
    while (free < allowed
        && (long) TURN.getAcquire(turns, (int) (t + free) & mask) == 2 * (t + free)) {
      free++;
    }
    return free;
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
          // The element must not stay reachable until the cell is passed.
          Cells.cas(cells, (int) index & mask, withdrawal, GONE);
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
}
