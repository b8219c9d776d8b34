package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A deque of one worker: its <em>owner</em> pushes and pops at one end, youngest first; thieves
 * steal at the other, oldest first. It grows as needed.
 *
 * <ul>
 *   <li>Progress: lock-free; {@link #push} and {@link #pop} are wait-free but for growing.
 *   <li>Ordering: {@link Ordering#OWNER_LIFO}.
 *   <li>Who may call: {@link #push}, {@link #pop}, {@link #pollOldest} and {@link #forgetStolen}
 *       the owner, one thread at a time; {@link #steal}, {@link #size} and {@link #isEmpty}
 *       everybody.
 *   <li>Full: never. Empty: exact for the owner and for thieves.
 *   <li>Memory: 4 bytes per cell (compressed references) of an array that doubles; elements that
 *       thieves took stay reachable until the owner pushes again or {@linkplain #forgetStolen lets
 *       go}.
 * </ul>
 *
 * <p>Source: Chase and Lev (SPAA 2005), with the fences of Lê, Pop, Cohen and Zappa Nardelli (PPoPP
 * 2013).
 *
 * @param <E> the elements
 */
public final class WorkStealingDeque<E> extends Layout.Counted {
  private static final int FIRST_SIZE = 64;

  // The owner's end ("bottom") is the place where elements enter, the thieves' ("top") where they
  // leave.
  private static final VarHandle BOTTOM;
  private static final VarHandle TOP;

  static {
    try {
      var lookup = MethodHandles.lookup();
      BOTTOM = lookup.findVarHandle(Layout.CountTail.class, "enters", long.class);
      TOP = lookup.findVarHandle(Layout.CountHead.class, "leaves", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Old arrays stay as they were, for thieves that still read them. */
  private volatile @Nullable Object[] cells;

  /** A deque with room for 64 elements before it grows for the first time. */
  public WorkStealingDeque() {
    this(FIRST_SIZE);
  }

  WorkStealingDeque(int size) {
    cells = new Object[size];
  }

  /**
   * Adds an element at the owner's end; by the owner.
   *
   * @param element not null
   */
  public void push(E element) {
    Objects.requireNonNull(element, "element");
    long b = (long) BOTTOM.get(this);
    long t = (long) TOP.getAcquire(this);
    @Nullable Object[] array = cells;
    forget(array, t);
    if (b - t >= array.length) {
      array = grow(array, t, b);
    }
    array[(int) b & (array.length - 1)] = element;
    BOTTOM.setRelease(this, b + 1);
  }

  private @Nullable Object[] grow(@Nullable Object[] old, long t, long b) {
    if (old.length > 1 << 29) {
      throw new IllegalStateException("deque too large: size=" + (b - t));
    }
    @Nullable Object[] larger = new Object[old.length * 2];
    for (long i = t; i < b; i++) {
      larger[(int) i & (larger.length - 1)] = old[(int) i & (old.length - 1)];
    }
    cells = larger;
    return larger;
  }

  /** Forgets elements that were stolen; by the owner. */
  private void forget(@Nullable Object[] array, long t) {
    for (long i = Math.max(entersOwn, t - array.length); i < t; i++) {
      array[(int) i & (array.length - 1)] = null;
    }
    entersOwn = Math.max(entersOwn, t);
  }

  /**
   * Takes the youngest element; by the owner.
   *
   * @return null if there is none
   */
  public @Nullable E pop() {
    long b = (long) BOTTOM.get(this) - 1;
    BOTTOM.setOpaque(this, b);
    // Thieves must see that this element is being taken before the owner looks how far they are.
    VarHandle.fullFence();
    long t = (long) TOP.getOpaque(this);
    if (t > b) {
      BOTTOM.setRelease(this, b + 1);
      return null;
    }
    @Nullable Object[] array = cells;
    int i = (int) b & (array.length - 1);
    Object element = array[i];
    if (t == b) {
      boolean won = TOP.compareAndSet(this, t, t + 1);
      BOTTOM.setRelease(this, b + 1);
      if (!won) {
        return null;
      }
    }
    array[i] = null;
    return cast(Objects.requireNonNull(element));
  }

  /**
   * Takes the oldest element; by anybody.
   *
   * @return null if there is none
   */
  public @Nullable E steal() {
    while (true) {
      long t = (long) TOP.getAcquire(this);
      VarHandle.fullFence();
      long b = (long) BOTTOM.getAcquire(this);
      if (t >= b) {
        return null;
      }
      @Nullable Object[] array = cells;
      Object element = Cells.acquire(array, (int) t & (array.length - 1));
      if (TOP.compareAndSet(this, t, t + 1)) {
        return cast(Objects.requireNonNull(element));
      }
    }
  }

  /**
   * Takes the oldest element; by the owner.
   *
   * @return null if there is none
   */
  public @Nullable E pollOldest() {
    E element = steal();
    forgetStolen();
    return element;
  }

  /** Lets go of what thieves took, which the collector may want; by the owner. */
  public void forgetStolen() {
    forget(cells, (long) TOP.getAcquire(this));
  }

  /** {@return the number of elements, exact when nothing is in flight; by anybody} */
  public int size() {
    long t = leaves;
    return QueueBase.clamp(enters - t, 0, Integer.MAX_VALUE);
  }

  /** {@return whether there is nothing to take; by anybody} */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** {@return {@link ConcurrentQueue#UNBOUNDED}} */
  public int capacity() {
    return ConcurrentQueue.UNBOUNDED;
  }

  /** {@return {@link Progress#LOCK_FREE}} */
  public Progress progress() {
    return Progress.LOCK_FREE;
  }

  /** {@return {@link Ordering#OWNER_LIFO}} */
  public Ordering ordering() {
    return Ordering.OWNER_LIFO;
  }

  @SuppressWarnings("unchecked")
  private E cast(Object element) {
    return (E) element;
  }
}
