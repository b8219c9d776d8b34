package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue for many producers and many consumers, in arrays, without allocation, whose full
 * is relaxed.
 *
 * <p>Cells are numbered; one ring holds the numbers of free cells and one those of filled cells. A
 * thread that sleeps holds the one cell it was about to fill or had just emptied.
 *
 * <ul>
 *   <li>Progress: lock-free.
 *   <li>Who may call: everybody, everything.
 *   <li>Full: {@code offer() == false} says that every cell was filled or in the hands of a thread
 *       in the middle of its call; so it can be early by one for each such thread. Empty: exact.
 *       The room of an element that was removed from the middle is free when all before it are
 *       gone.
 *   <li>Closing: an offer that overlaps with {@link #close} may still be delivered after a consumer
 *       saw the queue closed and empty.
 *   <li>Memory: 36 bytes per cell (compressed references), the next power of two of the capacity;
 *       nothing per element.
 *   <li>{@link #size} counts an offer that is in progress.
 * </ul>
 *
 * <p>Source: SCQ (Nikolaev, DISC 2019); peek, traversal and removal are ours.
 *
 * @param <E> the elements
 */
public final class RelaxedMpmcArrayQueue<E> extends ArrayQueue<E> {
  private static final Object REMOVED = new Object();

  private static final VarHandle WITHDRAWN;

  static {
    try {
      WITHDRAWN =
          MethodHandles.lookup().findVarHandle(Layout.IndexHead.class, "withdrawn", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable Object[] cells;
  private final IndexRing free;
  private final IndexRing filled;

  RelaxedMpmcArrayQueue(int capacity) {
    this(capacity, Spins.DEFAULT);
  }

  RelaxedMpmcArrayQueue(int capacity, int spins) {
    super(capacity);
    int size = mask + 1;
    cells = new Object[size];
    free = new IndexRing(size, capacity, spins);
    filled = new IndexRing(size, 0, spins);
  }

  @Override
  public boolean offer(E element) {
    Objects.requireNonNull(element, "element");
    if (closed) {
      return false;
    }
    int i = free.leave();
    if (i == IndexRing.NONE) {
      return false;
    }
    Cells.release(cells, i, element);
    filled.enter(i);
    return true;
  }

  @Override
  public @Nullable E poll() {
    while (true) {
      int i = filled.leave();
      if (i == IndexRing.NONE) {
        return null;
      }
      Object v = Cells.swap(cells, i, null);
      free.enter(i);
      if (v != REMOVED) {
        return cast(Objects.requireNonNull(v));
      }
      WITHDRAWN.getAndAdd(this, -1);
    }
  }

  @Override
  public @Nullable E peek() {
    while (true) {
      long ticket = filled.first();
      if (ticket < 0) {
        return null;
      }
      int i = filled.at(ticket);
      if (i == IndexRing.NONE) {
        continue;
      }
      Object v = Cells.acquire(cells, i);
      if (filled.at(ticket) != i || filled.head() != ticket || v == null) {
        continue;
      }
      if (v != REMOVED) {
        return cast(v);
      }
      passRemoved();
    }
  }

  /** Takes the first if it was removed; what is not is taken by nobody else meanwhile. */
  private void passRemoved() {
    long ticket = filled.first();
    int i = ticket < 0 ? IndexRing.NONE : filled.at(ticket);
    if (i != IndexRing.NONE && Cells.acquire(cells, i) == REMOVED && filled.leave(ticket)) {
      Cells.release(cells, i, null);
      free.enter(i);
      WITHDRAWN.getAndAdd(this, -1);
    }
  }

  @Override
  long start() {
    return filled.head();
  }

  /** The tail lags behind the head where there was nothing to take. */
  @Override
  long end(long start) {
    return Math.max(filled.tail(), start);
  }

  @Override
  public int remainingCapacity() {
    while (!closed) {
      long start = free.head();
      long end = free.tail();
      if (free.head() == start) {
        return clamp(end - start, 0, capacity);
      }
    }
    return 0;
  }

  @Override
  boolean hasRoom() {
    return !closed && free.first() >= 0;
  }

  @Override
  public boolean isEmpty() {
    return peek() == null;
  }

  @Override
  Traversal<E> traversal() {
    return new Walk();
  }

  private final class Walk extends Traversal<E> {
    private long at = filled.head();

    @Override
    @Nullable E step() {
      long end = filled.tail();
      at = Math.max(at, filled.head());
      while (at < end) {
        long ticket = at++;
        int i = filled.at(ticket);
        if (i == IndexRing.NONE) {
          continue;
        }
        Object v = Cells.acquire(cells, i);
        if (v != null && v != REMOVED && filled.at(ticket) == i) {
          index = i;
          return cast(v);
        }
      }
      return null;
    }

    @Override
    boolean removeAt(@Nullable Object holder, long index, E element) {
      // The cell may hold the same element anew; that one is as good.
      WITHDRAWN.getAndAdd(RelaxedMpmcArrayQueue.this, 1);
      if (!Cells.cas(cells, (int) index, element, REMOVED)) {
        WITHDRAWN.getAndAdd(RelaxedMpmcArrayQueue.this, -1);
        return false;
      }
      passRemoved();
      return true;
    }
  }
}
