package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The local run queue of one scheduler worker: a ring into which only its <em>owner</em> puts, and
 * from which the owner and any number of thieves take, oldest first, together with a slot for the
 * one element that is to run next.
 *
 * <ul>
 *   <li>Progress: lock-free; {@link #push} and {@link #pushNext} by the owner end in a bounded
 *       number of steps unless thieves keep taking.
 *   <li>Who may call: {@link #push}, {@link #pushNext}, {@link #poll} and {@link #stealFrom} on the
 *       thief's own queue belong to the owner; {@link #steal}, {@link #size} and {@link #isEmpty}
 *       to everybody.
 *   <li>Full: never; the older half of a full ring goes to the overflow in one batch.
 *   <li>Memory: 4 bytes per cell (compressed references), nothing per element. Cells that thieves
 *       have emptied are cleared when the owner pushes or {@linkplain #forgetStolen lets go}.
 * </ul>
 *
 * <p>Source: the run queue of a P in Go's scheduler ({@code runqput}, {@code runqputslow}, {@code
 * runqget}, {@code runqgrab} in {@code runtime/proc.go}), written anew from its description.
 *
 * @param <E> the elements, usually tasks that are ready to run
 */
public final class LocalRunQueue<E> extends Layout.Counted {
  /** Elements in the ring of {@link #LocalRunQueue()}: what Go found enough for one P. */
  public static final int DEFAULT_CAPACITY = 256;

  private static final VarHandle HEAD;
  private static final VarHandle TAIL;
  private static final VarHandle NEXT;

  static {
    try {
      var lookup = MethodHandles.lookup();
      HEAD = lookup.findVarHandle(Layout.CountHead.class, "leaves", long.class);
      TAIL = lookup.findVarHandle(Layout.CountTail.class, "enters", long.class);
      NEXT = lookup.findVarHandle(LocalRunQueue.class, "next", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable Object[] cells;
  private final int mask;
  private final @Nullable Object[] batch;
  private volatile @Nullable Object next;

  /** A ring of {@link #DEFAULT_CAPACITY}. */
  public LocalRunQueue() {
    this(DEFAULT_CAPACITY);
  }

  /**
   * A ring of some size.
   *
   * @param capacity how many elements it holds
   * @throws IllegalArgumentException if the capacity is not a power of two from 2 to 2^30
   */
  public LocalRunQueue(int capacity) {
    if (capacity < 2 || Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException(
          "capacity must be a power of two from 2: capacity=" + capacity);
    }
    cells = new Object[capacity];
    mask = capacity - 1;
    batch = new Object[capacity / 2];
  }

  /**
   * Adds an element at the end; by the owner. If the ring is full, its older half and then the
   * element go to {@code overflow} instead, oldest first. It is handed all of them even if it
   * throws, and what it threw first is thrown at the end.
   *
   * @param element not null
   * @param overflow gets what the ring has no room for
   */
  public void push(E element, Consumer<? super E> overflow) {
    Objects.requireNonNull(element, "element");
    Objects.requireNonNull(overflow, "overflow");
    while (!put(element)) {
      int moved = moveHalf();
      if (moved > 0) {
        hand(moved, element, overflow);
        return;
      }
      // Thieves were faster, so there is room now.
    }
  }

  /** Hands over the batch and then the element, which are in no queue now: each, whatever comes. */
  private void hand(int moved, E element, Consumer<? super E> overflow) {
    for (int i = 0; i < moved; i++) {
      E old = cast(Objects.requireNonNull(batch[i]));
      batch[i] = null;
      try {
        overflow.accept(old);
      } catch (RuntimeException | Error e) {
        handQuietly(i + 1, moved, element, overflow, e);
        throw e;
      }
    }
    overflow.accept(element);
  }

  @SuppressWarnings("ReferenceEquality") // nothing can be suppressed by itself
  private void handQuietly(
      int from, int moved, E element, Consumer<? super E> overflow, Throwable first) {
    for (int i = from; i <= moved; i++) {
      E next = i == moved ? element : cast(Objects.requireNonNull(batch[i]));
      if (i < moved) {
        batch[i] = null;
      }
      try {
        overflow.accept(next);
      } catch (RuntimeException | Error e) {
        if (e != first) {
          first.addSuppressed(e);
        }
      }
    }
  }

  /**
   * Makes an element the next that {@link #poll} returns; by the owner. The one that was next
   * before goes to the end of the ring. Thieves take it last.
   *
   * @param element not null
   * @param overflow gets what the ring has no room for
   */
  public void pushNext(E element, Consumer<? super E> overflow) {
    E before = replaceNext(element);
    if (before != null) {
      push(before, overflow);
    }
  }

  /**
   * Makes an element the next that {@link #poll} returns; by the owner.
   *
   * @param element not null
   * @return the one that was next before, which is in no queue now
   */
  public @Nullable E replaceNext(E element) {
    Objects.requireNonNull(element, "element");
    Object before = NEXT.getAndSet(this, (Object) element);
    return before == null ? null : cast(before);
  }

  /**
   * Adds an element at the end; by the owner.
   *
   * @param element not null
   * @return false if the ring is full
   */
  public boolean offer(E element) {
    return put(Objects.requireNonNull(element, "element"));
  }

  private boolean put(E element) {
    long t = (long) TAIL.get(this);
    long h = (long) HEAD.getAcquire(this);
    clearStolen(h);
    if (t - h > mask) {
      return false;
    }
    cells[(int) t & mask] = element;
    TAIL.setRelease(this, t + 1);
    return true;
  }

  /**
   * Takes the next element, or else the oldest of the ring; by the owner.
   *
   * @return null if there is none
   */
  public @Nullable E poll() {
    Object mine = next;
    // A thief may take it meanwhile, but only the owner puts one there.
    if (mine != null && NEXT.compareAndSet(this, mine, (Object) null)) {
      return cast(mine);
    }
    while (true) {
      long h = (long) HEAD.getAcquire(this);
      long t = (long) TAIL.get(this);
      if (h == t) {
        return null;
      }
      int i = (int) h & mask;
      Object element = cells[i];
      if (HEAD.compareAndSet(this, h, h + 1)) {
        // Only the owner writes cells, so this cannot hit a newer element.
        cells[i] = null;
        if (entersOwn == h) {
          entersOwn = h + 1;
        }
        return cast(Objects.requireNonNull(element));
      }
    }
  }

  /**
   * Takes the oldest element of the ring, or else the next one; by anybody.
   *
   * @return null if there is none
   */
  public @Nullable E steal() {
    while (true) {
      long h = leaves;
      long t = enters;
      if (h >= t) {
        Object theirs = next;
        if (theirs == null) {
          return null;
        }
        if (NEXT.compareAndSet(this, theirs, (Object) null)) {
          return cast(theirs);
        }
        continue;
      }
      Object element = Cells.acquire(cells, (int) h & mask);
      if (HEAD.compareAndSet(this, h, h + 1)) {
        return cast(Objects.requireNonNull(element));
      }
    }
  }

  /**
   * Takes the older half of a victim's ring (at least one element, and its next one if there is
   * nothing else) into this queue; by this queue's owner.
   *
   * @param victim another queue
   * @return one of the stolen elements, to be run at once, or null if there was nothing
   */
  public @Nullable E stealFrom(LocalRunQueue<E> victim) {
    if (victim == this) {
      throw new IllegalArgumentException("a queue cannot steal from itself");
    }
    long t = (long) TAIL.get(this);
    long room = cells.length - (t - (long) HEAD.getAcquire(this));
    clearStolen(leaves);
    while (true) {
      long h = victim.leaves;
      long available = victim.enters - h;
      if (available <= 0) {
        return victim.steal();
      }
      if (available > victim.cells.length) {
        continue; // head and tail are from different times
      }
      long half = available - available / 2;
      // One more than there is room for, since one is returned.
      int n = (int) Math.min(half, room + 1);
      Object first = Cells.acquire(victim.cells, (int) h & victim.mask);
      for (int i = 1; i < n; i++) {
        cells[(int) (t + i - 1) & mask] = Cells.acquire(victim.cells, (int) (h + i) & victim.mask);
      }
      if (HEAD.compareAndSet(victim, h, h + n)) {
        TAIL.setRelease(this, t + n - 1);
        return cast(Objects.requireNonNull(first));
      }
      for (int i = 1; i < n; i++) {
        cells[(int) (t + i - 1) & mask] = null;
      }
    }
  }

  private int moveHalf() {
    long h = (long) HEAD.getAcquire(this);
    long t = (long) TAIL.get(this);
    int n = batch.length;
    if (t - h < n) {
      return 0;
    }
    for (int i = 0; i < n; i++) {
      batch[i] = cells[(int) (h + i) & mask];
    }
    if (!HEAD.compareAndSet(this, h, h + n)) {
      return 0;
    }
    clearStolen(h + n);
    return n;
  }

  /** Lets go of what thieves took, which the collector may want; by the owner. */
  public void forgetStolen() {
    clearStolen((long) HEAD.getAcquire(this));
  }

  /** Forgets elements below {@code h}, which are gone; by the owner. */
  private void clearStolen(long h) {
    for (long i = entersOwn; i < h; i++) {
      cells[(int) i & mask] = null;
    }
    entersOwn = h;
  }

  /** {@return the number of elements including the next one; by anybody} */
  public int size() {
    long h = leaves;
    long ring = QueueBase.clamp(enters - h, 0, cells.length);
    return (int) ring + (next == null ? 0 : 1);
  }

  /** {@return whether there is nothing to take; by anybody} */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** {@return how many elements the ring holds; the next one is beside it} */
  public int capacity() {
    return cells.length;
  }

  /** {@return {@link Progress#LOCK_FREE}} */
  public Progress progress() {
    return Progress.LOCK_FREE;
  }

  /** {@return {@link Ordering#NEXT_THEN_FIFO}} */
  public Ordering ordering() {
    return Ordering.NEXT_THEN_FIFO;
  }

  @SuppressWarnings("unchecked")
  private E cast(Object element) {
    return (E) element;
  }
}
