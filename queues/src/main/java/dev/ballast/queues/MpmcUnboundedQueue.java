package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An unbounded queue for many producers and many consumers: a chain of array segments whose cells
 * are given out by fetch-and-add and used once.
 *
 * <ul>
 *   <li>Progress: lock-free. A consumer that meets the cell of a sleeping producer spoils it, and
 *       the producer takes another cell when it wakes.
 *   <li>Who may call: everybody, everything.
 *   <li>Full: never, until closed. Empty: exact ({@code poll() == null} is linearizable).
 *   <li>Closing is exact: after {@link #close} and one {@code poll() == null} nothing comes any
 *       more.
 *   <li>Memory: 4 bytes per element (compressed references) plus 0.5 byte of segment overhead; the
 *       space of an element removed from the middle is free when its segment has passed, or all
 *       others of that segment were removed.
 *   <li>{@link #size} takes constant time, from the numbers of the first and the last segment. It
 *       counts offers that are in progress.
 * </ul>
 *
 * <p>Source: FAAArrayQueue (Ramalhete and Correia, 2016), itself after LCRQ (Morrison and Afek,
 * PPoPP 2013); peek, removal from the middle and closing are ours.
 *
 * @param <E> the elements
 */
public final class MpmcUnboundedQueue<E> extends Layout.Ended<E> {
  /** In a cell that its producer came too late for. */
  private static final Object TAKEN = new Object();

  /** In a cell that closing used up. */
  private static final Withdrawal SPENT = Withdrawal.removed();

  static final int SEGMENT_CELLS = 1024;

  private static final VarHandle ENTERS;
  private static final VarHandle LEAVES;
  private static final VarHandle SEEN;
  private static final VarHandle NEXT;
  private static final VarHandle LAST;
  private static final VarHandle FIRST;
  private static final VarHandle WITHDRAWN;
  private static final VarHandle REMOVED;

  static {
    try {
      var lookup = MethodHandles.lookup();
      ENTERS = lookup.findVarHandle(Layout.CountTail.class, "enters", long.class);
      LEAVES = lookup.findVarHandle(Layout.CountHead.class, "leaves", long.class);
      SEEN = lookup.findVarHandle(Layout.CountHead.class, "entersSeen", long.class);
      NEXT = lookup.findVarHandle(Segment.class, "next", Segment.class);
      LAST = lookup.findVarHandle(Layout.EndTail.class, "last", Object.class);
      FIRST = lookup.findVarHandle(Layout.EndHead.class, "first", Object.class);
      WITHDRAWN = lookup.findVarHandle(MpmcUnboundedQueue.class, "withdrawn", int.class);
      REMOVED = lookup.findVarHandle(Segment.class, "removed", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final class Segment extends Layout.Counted {
    /** One more than that of the segment before. */
    final long id;

    final @Nullable Object[] cells;
    volatile @Nullable Segment next;

    /** Whether a consumer may meet a withdrawal here. */
    volatile boolean withdrawals;

    /** How many elements were removed from here before a consumer came. */
    volatile int removed;

    @Nullable DeadRuns runs;

    Segment(long id, int size) {
      this.id = id;
      cells = new Object[size];
    }

    /** What closes the queue: a segment that was always used up and has no successor. */
    static Segment end(long id, int usedUp) {
      Segment end = new Segment(id, 0);
      ENTERS.set(end, (long) usedUp);
      LEAVES.set(end, (long) usedUp);
      return end;
    }

    boolean isEnd() {
      return cells.length == 0;
    }

    /** Whether every element was removed, so that the chain can do without this. */
    boolean isDead() {
      return cells.length > 0 && removed == cells.length;
    }

    /** How many cells were given out, which is less than how many were asked for. */
    int entered() {
      return (int) Math.min(enters, cells.length);
    }

    int left() {
      return (int) Math.min(leaves, cells.length);
    }
  }

  private final int segmentCells;
  private final int spins;

  /** Elements that were removed from the middle, and whose cells were not passed yet. */
  private volatile int withdrawn;

  MpmcUnboundedQueue() {
    this(SEGMENT_CELLS, Spins.DEFAULT);
  }

  /** Spins: how often a consumer looks at the cell of a producer that is on its way. */
  MpmcUnboundedQueue(int segmentCells, int spins) {
    this.segmentCells = segmentCells;
    this.spins = spins;
    Segment segment = new Segment(0, segmentCells);
    LAST.setRelease(this, (Object) segment);
    FIRST.setRelease(this, (Object) segment);
  }

  @Override
  public boolean offer(E element) {
    Objects.requireNonNull(element, "element");
    while (true) {
      Segment s = (Segment) LAST.getAcquire(this);
      long i = (long) ENTERS.getAndAdd(s, 1L);
      if (i < segmentCells) {
        if (Cells.cas(s.cells, (int) i, null, element)) {
          return true;
        }
        continue;
      }
      Segment next = s.next;
      if (next == null) {
        if (s.isEnd()) {
          return false;
        }
        next = new Segment(s.id + 1, segmentCells);
        next.cells[0] = element;
        ENTERS.set(next, 1L);
        if (NEXT.compareAndSet(s, (Segment) null, next)) {
          LAST.compareAndSet(this, (Object) s, (Object) next);
          return true;
        }
      } else if (next != s) {
        LAST.compareAndSet(this, (Object) s, (Object) next);
      }
    }
  }

  @Override
  public int fill(Supplier<? extends E> from, int limit, Consumer<? super E> refused) {
    return fillInBatches(from, limit, refused);
  }

  /** Draws the numbers of a batch in one step, as many as the last segment has. */
  @Override
  int offerAll(Object[] batch, int count) {
    int added = 0;
    while (added < count) {
      Segment s = (Segment) LAST.getAcquire(this);
      if (s.enters >= segmentCells) {
        // The next segment.
        if (!offer(cast(batch[added]))) {
          return added;
        }
        added++;
        continue;
      }
      int wanted = count - added;
      long first = (long) ENTERS.getAndAdd(s, (long) wanted);
      long end = Math.min(first + wanted, segmentCells);
      for (long i = first; i < end; i++) {
        // A spoiled cell is left out; the order of the rest stays.
        if (Cells.cas(s.cells, (int) i, null, batch[added])) {
          added++;
        }
      }
    }
    return added;
  }

  @Override
  public @Nullable E poll() {
    while (true) {
      Segment s = (Segment) FIRST.getAcquire(this);
      long seen = s.leaves;
      if (seen >= segmentCells) {
        if (!advance(s)) {
          return null;
        }
        continue;
      }
      if (seen >= (long) SEEN.getOpaque(s)) {
        long enters = s.enters;
        if (seen >= enters && s.next == null) {
          return null;
        }
        SEEN.setOpaque(s, enters);
      }
      long i = (long) LEAVES.getAndAdd(s, 1L);
      if (i >= segmentCells) {
        continue;
      }
      E element = take(s, (int) i);
      if (element != null) {
        return element;
      }
    }
  }

  /** Takes from the cell whose number the caller has drawn; null if there is nothing. */
  private @Nullable E take(Segment s, int i) {
    Object v = Cells.acquire(s.cells, i);
    for (int spin = spins; v == null && spin > 0; spin--) {
      Thread.onSpinWait();
      v = Cells.acquire(s.cells, i);
    }
    if (v == null) {
      v = Cells.swap(s.cells, i, TAKEN);
      if (v == null) {
        return null;
      }
    }
    if (v == TAKEN) {
      // Its producer is still to come, and must find that.
      return null;
    }
    // Its producer has been here, and no consumer comes again. And null costs no card mark.
    Cells.release(s.cells, i, null);
    if (s.withdrawals && v instanceof Withdrawal w) {
      if (w.giveUp()) {
        return cast(w.element);
      }
      WITHDRAWN.getAndAdd(this, -1);
      return null;
    }
    return cast(v);
  }

  /** Leaves a segment that is used up; false if it is the last, which makes the queue empty. */
  private boolean advance(Segment s) {
    Segment next = s.next;
    if (next == null) {
      return false;
    }
    if (next == s) {
      return true;
    }
    // Producers must not be left behind on a segment that consumers have forgotten.
    if ((Segment) LAST.getAcquire(this) == s) {
      LAST.compareAndSet(this, (Object) s, (Object) next);
    }
    if (FIRST.compareAndSet(this, (Object) s, (Object) next)) {
      long unlinked = next.id - s.id - 1;
      if (unlinked > 0) {
        WITHDRAWN.getAndAdd(this, (int) (-unlinked * segmentCells));
      }
      // A segment in the old generation must not keep all that came after it alive.
      s.next = s;
    }
    return true;
  }

  @Override
  public @Nullable E peek() {
    while (true) {
      Segment s = (Segment) FIRST.getAcquire(this);
      long i = s.leaves;
      if (i >= segmentCells) {
        if (!advance(s)) {
          return null;
        }
        continue;
      }
      if (i >= s.enters && s.next == null) {
        return null;
      }
      Object v = Cells.acquire(s.cells, (int) i);
      if (v == null && Cells.cas(s.cells, (int) i, null, TAKEN)) {
        v = TAKEN;
      }
      if (v == TAKEN) {
        LEAVES.compareAndSet(s, i, i + 1);
      } else if (v instanceof Withdrawal w && w.isRemoved()) {
        if (LEAVES.compareAndSet(s, i, i + 1)) {
          WITHDRAWN.getAndAdd(this, -1);
        }
      } else if (v != null && s.leaves == i) {
        return cast(v instanceof Withdrawal w ? w.element : v);
      }
    }
  }

  @Override
  public void close() {
    while (true) {
      Segment s = (Segment) LAST.getAcquire(this);
      Segment next = s.next;
      if (next != null) {
        LAST.compareAndSet(this, (Object) s, (Object) next);
      } else if (s.isEnd()) {
        return;
      } else if (s.enters < segmentCells) {
        // Uses up what is left of the segment; producers that hold a cell may still fill it.
        long entered = (long) ENTERS.getAndAdd(s, (long) segmentCells);
        for (long i = entered; i < segmentCells; i++) {
          spend(s, (int) i);
        }
      } else if (NEXT.compareAndSet(s, (Segment) null, Segment.end(s.id + 1, segmentCells))) {
        return;
      }
    }
  }

  /** So that the size counts a cell that closing used up no more than one that was withdrawn. */
  private void spend(Segment s, int i) {
    s.withdrawals = true;
    WITHDRAWN.getAndAdd(this, 1);
    if (!Cells.cas(s.cells, i, null, SPENT)) {
      WITHDRAWN.getAndAdd(this, -1);
    }
  }

  @Override
  public boolean isClosed() {
    return lastSegment().isEnd();
  }

  @Override
  public boolean isDrained() {
    return isClosed() && peek() == null;
  }

  @Override
  public int size() {
    while (true) {
      Segment front = (Segment) FIRST.getAcquire(this);
      long leaves = front.leaves;
      int gaps = withdrawn;
      Segment back = lastSegment();
      long entered = back.id * segmentCells + (back.isEnd() ? 0 : back.entered());
      if (front.leaves == leaves
          && withdrawn == gaps
          && (Segment) FIRST.getAcquire(this) == front) {
        long left = front.id * segmentCells + Math.min(leaves, segmentCells);
        return clamp(entered - left - gaps, 0, Integer.MAX_VALUE);
      }
    }
  }

  /** The last segment, to which the hint is moved where it lags. */
  private Segment lastSegment() {
    while (true) {
      Segment s = (Segment) LAST.getAcquire(this);
      Segment next = s.next;
      if (next == null) {
        return s;
      }
      LAST.compareAndSet(this, (Object) s, (Object) next);
    }
  }

  /** The element of what is in a cell, or null. */
  private @Nullable E live(@Nullable Object v) {
    if (v == null || v == TAKEN) {
      return null;
    }
    if (v instanceof Withdrawal w) {
      return w.isRemoved() ? null : cast(w.element);
    }
    return cast(v);
  }

  @Override
  public boolean isEmpty() {
    return peek() == null;
  }

  @Override
  boolean hasRoom() {
    return !isClosed();
  }

  @Override
  public int capacity() {
    return UNBOUNDED;
  }

  @Override
  public int remainingCapacity() {
    return isClosed() ? 0 : Integer.MAX_VALUE;
  }

  @Override
  public Progress progress() {
    return Progress.LOCK_FREE;
  }

  @Override
  Traversal<E> traversal() {
    return new Walk((Segment) FIRST.getAcquire(this));
  }

  private final class Walk extends Traversal<E> {
    private @Nullable Segment segment;
    private int i;

    /** The segment before, to take dead ones behind it out of the chain. */
    private @Nullable Segment before;

    Walk(Segment segment) {
      this.segment = segment;
      i = segment.left();
    }

    @Override
    @Nullable E step() {
      while (segment != null) {
        Segment s = segment;
        if (!s.isDead() || s.next == null) {
          runStart = i;
          while (i < s.entered()) {
            int at = i++;
            Object v = Cells.acquire(s.cells, at);
            E element = live(v);
            if (element != null) {
              holder = s;
              index = at;
              return element;
            }
            if (v == SPENT) {
              i = DeadRuns.after(s.runs, at);
            } else {
              runStart = i;
            }
          }
        }
        goOn(s);
      }
      return null;
    }

    private void goOn(Segment s) {
      i = 0;
      Segment next = s.next;
      if (next == s) {
        before = null;
        segment = (Segment) FIRST.getAcquire(MpmcUnboundedQueue.this);
        i = segment.left();
        return;
      }
      if (before == null || !s.isDead()) {
        before = s;
      } else if (next != null) {
        NEXT.compareAndSet(before, s, next);
      }
      segment = next;
    }

    @Override
    boolean removeAt(@Nullable Object holder, long index, E element) {
      Segment s = (Segment) Objects.requireNonNull(holder);
      int at = (int) index;
      if (s.leaves > at) {
        return false;
      }
      Withdrawal withdrawal = new Withdrawal(element);
      if (!s.withdrawals) {
        s.withdrawals = true;
      }
      WITHDRAWN.getAndAdd(MpmcUnboundedQueue.this, 1);
      if (Cells.cas(s.cells, at, element, withdrawal)) {
        if (s.leaves <= at && withdrawal.complete()) {
          // The element must not stay reachable until the cell is passed.
          Cells.cas(s.cells, at, withdrawal, SPENT);
          afterRemoval(s, at);
          return true;
        }
        withdrawal.giveUp();
      }
      WITHDRAWN.getAndAdd(MpmcUnboundedQueue.this, -1);
      return false;
    }

    private void afterRemoval(Segment s, int at) {
      REMOVED.getAndAdd(s, 1);
      // Passes what is removed at the front.
      peek();
      int end = at + 1;
      while (end < segmentCells && Cells.acquire(s.cells, end) == SPENT) {
        end = DeadRuns.after(s.runs, end);
      }
      s.runs = DeadRuns.note(s.runs, segmentCells, (int) Math.min(runStart, at), end);
    }
  }

  @SuppressWarnings("unchecked")
  private E cast(Object element) {
    return (E) element;
  }
}
