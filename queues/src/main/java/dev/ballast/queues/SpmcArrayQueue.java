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
 * the element, and empties the cell if that still holds it. The producer never waits for a consumer
 * that sleeps before that, but takes the cell over. What the sleeper does when it wakes must not
 * meet the same element that has come back to the cell: until it has reported, the producer stores
 * each element in a wrapper of its own.
 *
 * <ul>
 *   <li>Progress: lock-free; an offer is wait-free.
 *   <li>Who may call: the producer's calls one thread at a time; the consumers' everybody.
 *   <li>Full and empty: exact. The room of an element that was removed from the middle is free when
 *       all before it are gone.
 *   <li>Closing: an offer that another thread's {@link #close} overlaps may still be delivered
 *       after a consumer saw the queue closed and empty; closing by the producer is exact.
 *   <li>Memory: 4 bytes per cell (compressed references), the next power of two of the capacity;
 *       nothing per element (24 bytes where a consumer stops between taking an element and emptying
 *       its cell, until it goes on). An element that was removed from the middle stays reachable
 *       until all before it are gone.
 * </ul>
 *
 * <p>Source: the consumer side of Go's run queue ({@code runtime/proc.go}); removal is ours.
 *
 * @param <E> the elements
 */
public final class SpmcArrayQueue<E> extends ArrayQueue<E> {
  /** An element that is stored while a consumer may still want to empty some cell. */
  private record Wrapped(Object element) {}

  private static final VarHandle TAIL;
  private static final VarHandle HEAD;
  private static final VarHandle LIMIT;
  private static final VarHandle WITHDRAWN;
  private static final VarHandle TAKEOVERS;

  static {
    try {
      var lookup = MethodHandles.lookup();
      TAIL = lookup.findVarHandle(Layout.IndexTail.class, "tail", long.class);
      HEAD = lookup.findVarHandle(Layout.IndexHead.class, "head", long.class);
      LIMIT = lookup.findVarHandle(Layout.IndexHead.class, "headLimit", long.class);
      WITHDRAWN = lookup.findVarHandle(Layout.IndexHead.class, "withdrawn", int.class);
      TAKEOVERS = lookup.findVarHandle(Layout.IndexHead.class, "headTakeovers", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable Object[] cells;
  private final int spins;

  /** Elements that somebody is removing or has removed from the middle, by their number. */
  private final ConcurrentSkipListMap<Long, Withdrawal> withdrawals = new ConcurrentSkipListMap<>();

  /** Whether there ever were any. */
  private volatile boolean withdrew;

  /** Set before there is a wrapper, so that who reads one knows to look for it. */
  private boolean wrapped;

  SpmcArrayQueue(int capacity) {
    this(capacity, Spins.DEFAULT);
  }

  /** Spins: how often the producer looks at the cell of a consumer that is about to empty it. */
  SpmcArrayQueue(int capacity, int spins) {
    super(capacity);
    cells = new Object[mask + 1];
    this.spins = spins;
  }

  @Override
  public boolean offer(E element) {
    Objects.requireNonNull(element, "element");
    if (closed) {
      return false;
    }
    long t = (long) TAIL.get(this);
    if (t >= tailLimit) {
      tailLimit = passRemoved() + capacity;
      if (t >= tailLimit) {
        return false;
      }
    }
    @Nullable Object[] array = cells;
    // Not the mask: the compiler sees that this is in bounds.
    int i = (int) t & (array.length - 1);
    if (Cells.acquire(array, i) != null || tailTakeovers != 0) {
      storeWithCare(i, element);
    } else {
      Cells.release(array, i, element);
    }
    TAIL.setRelease(this, t + 1);
    return true;
  }

  /** Where a consumer has taken an element and has not emptied its cell, this one or another. */
  private void storeWithCare(int i, E element) {
    Object old = Cells.acquire(cells, i);
    for (int spin = spins; old != null && spin > 0; spin--) {
      Thread.onSpinWait();
      old = Cells.acquire(cells, i);
    }
    // Who was taken over reports it, and after the last report nobody is on the way to a cell.
    if (old == null && tailTakeovers == headTakeovers) {
      tailTakeovers = 0;
      TAKEOVERS.setRelease(this, 0);
      Cells.release(cells, i, element);
      return;
    }
    Wrapped fresh = new Wrapped(element);
    wrapped = true;
    if (old != null && Cells.cas(cells, i, old, fresh)) {
      tailTakeovers++;
    } else {
      Cells.release(cells, i, fresh);
    }
  }

  /** The head, moved over removed elements, so that they hold no room. */
  private long passRemoved() {
    long h = (long) HEAD.getVolatile(this);
    while (withdrew && isRemoved(h) && h < tail) {
      Object v = Cells.acquire(cells, (int) h & mask);
      if (HEAD.compareAndSet(this, h, h + 1)) {
        clear(h, Objects.requireNonNull(v));
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

  /** Empties the cell of an element that the caller owns. */
  private void clear(long h, Object v) {
    if (!Cells.cas(cells, (int) h & mask, v, null)) {
      TAKEOVERS.getAndAdd(this, 1);
    }
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
      clear(h, Objects.requireNonNull(v));
      // Not before: who registers after this sees that the head has moved, and gives up.
      if (withdrew) {
        Withdrawal withdrawal = withdrawals.remove(h);
        if (withdrawal != null && !withdrawal.giveUp()) {
          WITHDRAWN.getAndAdd(this, -1);
          continue;
        }
      }
      return cast(v);
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
  long end(long start) {
    return tail;
  }

  /** Of what {@link #offer} finds, which passes removed elements itself. */
  @Override
  boolean hasRoom() {
    return !closed && tail - passRemoved() < capacity;
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
      Withdrawal withdrawal = new Withdrawal(index);
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

  @Override
  @SuppressWarnings("unchecked")
  E cast(Object stored) {
    // The class of an element is in the element's own memory: not read without need.
    return wrapped && stored instanceof Wrapped w ? (E) w.element() : (E) stored;
  }
}
