package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An unbounded queue for one producer and one consumer: a chain of arrays.
 *
 * <ul>
 *   <li>Progress: wait-free; no loops but over elements that the consumer itself removed, and no
 *       atomic read-modify-write.
 *   <li>Who may call: the producer's calls one thread at a time, the consumer's (with {@code
 *       remove(Object)} and removing iterators) one thread at a time.
 *   <li>Full: never, until closed. Empty: exact.
 *   <li>Closing: an offer that another thread's {@link #close} overlaps may still be delivered
 *       after a consumer saw the queue closed and empty; closing by the producer is exact.
 *   <li>Memory: 4 bytes per element (compressed references), in segments of 1024. An emptied
 *       segment is used once more if the producer needs one; others are left to the garbage
 *       collector. The space of an element removed from the middle is free when its segment has
 *       passed, or all others of that segment were removed.
 * </ul>
 *
 * <p>Source: FastForward's ring (PPoPP 2008) without the ring, linked as in FastFlow's uSPSC
 * (Aldinucci, Danelutto, Kilpatrick and Torquati, 2012).
 *
 * @param <E> the elements
 */
public final class SpscUnboundedQueue<E> extends Layout.Indexed<E> {
  private static final Object REMOVED = new Object();

  static final int SEGMENT_CELLS = 1024;

  private static final VarHandle TAIL;
  private static final VarHandle TAIL_SEGMENT;
  private static final VarHandle HEAD;
  private static final VarHandle ID;

  static {
    try {
      var lookup = MethodHandles.lookup();
      TAIL = lookup.findVarHandle(Layout.IndexTail.class, "tail", long.class);
      TAIL_SEGMENT = lookup.findVarHandle(Layout.IndexTail.class, "tailSegment", Object.class);
      HEAD = lookup.findVarHandle(Layout.IndexHead.class, "head", long.class);
      ID = lookup.findVarHandle(Segment.class, "id", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final class Segment {
    /** The place in the chain: of numbers from {@code id * cells} on. Changes when used again. */
    volatile long id;

    final @Nullable Object[] cells;
    volatile @Nullable Segment next;

    /** The consumer's: how many elements it removed from the middle here. */
    int removed;

    @Nullable DeadRuns runs;

    Segment(long id, int size) {
      ID.set(this, id);
      cells = new Object[size];
    }
  }

  private final int mask;
  private final int shift;

  /** The segment that the consumer is in; written by it. */
  private volatile Segment first;

  /** An emptied segment on its way from the consumer, which finds null here, to the producer. */
  private volatile @Nullable Segment spare;

  private volatile boolean closed;

  SpscUnboundedQueue() {
    this(SEGMENT_CELLS);
  }

  SpscUnboundedQueue(int segmentCells) {
    if (Integer.bitCount(segmentCells) != 1) {
      throw new IllegalArgumentException("not a power of two: segmentCells=" + segmentCells);
    }
    mask = segmentCells - 1;
    shift = Integer.numberOfTrailingZeros(segmentCells);
    Segment segment = new Segment(0, segmentCells);
    first = segment;
    headCells = segment.cells;
    tailCells = segment.cells;
    tailSegment = segment;
  }

  @Override
  public boolean offer(E element) {
    Objects.requireNonNull(element, "element");
    if (closed) {
      return false;
    }
    long t = (long) TAIL.get(this);
    int i = (int) t & mask;
    if (i == 0 && t > 0) {
      append(t, element);
    } else {
      Cells.release(Objects.requireNonNull(tailCells), i, element);
    }
    TAIL.setRelease(this, t + 1);
    return true;
  }

  private void append(long t, E element) {
    Segment full = (Segment) Objects.requireNonNull(tailSegment);
    Segment fresh = spare;
    if (fresh == null) {
      fresh = new Segment(t >>> shift, mask + 1);
    } else {
      spare = null;
      fresh.next = null;
      // Before there are new elements: a walk that stands here sees by this that it has to leave.
      fresh.id = t >>> shift;
    }
    Cells.release(fresh.cells, 0, element);
    full.next = fresh;
    tailCells = fresh.cells;
    TAIL_SEGMENT.setRelease(this, (Object) fresh);
  }

  @Override
  public @Nullable E poll() {
    long h = (long) HEAD.get(this);
    @Nullable Object[] array = Objects.requireNonNull(headCells);
    int i = (int) h & (array.length - 1);
    Object v = Cells.acquire(array, i);
    if (v == null) {
      if (i != 0 || !advance(h)) {
        return null;
      }
      array = Objects.requireNonNull(headCells);
      v = Cells.acquire(array, 0);
      if (v == null) {
        return null;
      }
      h = (long) HEAD.get(this);
    }
    array[i] = null;
    HEAD.setRelease(this, h + 1);
    if (withdrawn > 0) {
      passRemoved();
    }
    return cast(v);
  }

  /** Keeps the head off removed elements; by the consumer. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the consumer
  private void passRemoved() {
    while (firstCell() == REMOVED) {
      long h = (long) HEAD.get(this);
      withdrawn--;
      Objects.requireNonNull(headCells)[(int) h & mask] = null;
      HEAD.setRelease(this, h + 1);
    }
  }

  /** The cell at the head, or null if it is not filled; by the consumer. */
  private @Nullable Object firstCell() {
    long h = (long) HEAD.get(this);
    Object v = Cells.acquire(Objects.requireNonNull(headCells), (int) h & mask);
    if (v != null || ((int) h & mask) != 0 || !advance(h)) {
      return v;
    }
    return Cells.acquire(Objects.requireNonNull(headCells), 0);
  }

  /**
   * Goes on to the next segment, where the head is at the first number of one; false if that is
   * still to come, or the head is in it.
   */
  private boolean advance(long h) {
    Segment old = first;
    Segment next = old.next;
    if (old.id == h >>> shift || next == null) {
      return false;
    }
    headCells = next.cells;
    first = next;
    skipTo(h, next);
    // A segment in the old generation must not keep all that came after it alive.
    old.next = old;
    if (spare == null) {
      old.removed = 0;
      old.runs = null;
      spare = old;
    }
    return true;
  }

  /** Where segments between were taken out, all of whose elements were removed. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the consumer
  private void skipTo(long h, Segment next) {
    long begin = next.id << shift;
    if (begin > h) {
      withdrawn -= (int) (begin - h);
      HEAD.setRelease(this, begin);
    }
  }

  @Override
  public @Nullable E peek() {
    Object v = firstCell();
    return v == null ? null : cast(v);
  }

  @Override
  public int drain(Consumer<? super E> to, int limit) {
    Objects.requireNonNull(to, "to");
    requireLimit(limit);
    for (int taken = 0; taken < limit; taken++) {
      // Read anew for each, since the target may use this queue.
      long h = (long) HEAD.get(this);
      @Nullable Object[] array = Objects.requireNonNull(headCells);
      int i = (int) h & (array.length - 1);
      Object v = i == 0 ? firstCell() : Cells.acquire(array, i);
      if (v == null) {
        return taken;
      }
      if (i == 0) {
        h = (long) HEAD.get(this);
        array = Objects.requireNonNull(headCells);
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
    for (int added = 0; added < limit; added++) {
      if (closed) {
        return added;
      }
      E element = Objects.requireNonNull(from.get(), "the supplier returned null");
      long t = (long) TAIL.get(this);
      int i = (int) t & mask;
      if (closed) {
        refused.accept(element);
        return added;
      }
      if (i == 0 && t > 0) {
        append(t, element);
      } else {
        Cells.release(Objects.requireNonNull(tailCells), i, element);
      }
      TAIL.setRelease(this, t + 1);
    }
    return limit;
  }

  /** The first number that is not filled: the tail, or one more during an offer. */
  private long end() {
    while (true) {
      long t = tail;
      Segment s = (Segment) Objects.requireNonNull(TAIL_SEGMENT.getAcquire(this));
      long id = s.id;
      boolean ahead =
          id == t >>> shift ? Cells.acquire(s.cells, (int) t & mask) != null : s.next != null;
      if (tail == t && s.id == id) {
        return ahead ? t + 1 : t;
      }
    }
  }

  @Override
  public int size() {
    while (true) {
      long h = head;
      int gaps = withdrawn;
      long end = end();
      if (head == h && withdrawn == gaps) {
        return clamp(end - h - gaps, 0, Integer.MAX_VALUE);
      }
    }
  }

  /** A walk sees what is there; where it saw nothing and nothing left, there was nothing. */
  @Override
  public boolean isEmpty() {
    while (true) {
      long h = head;
      int gaps = withdrawn;
      if (traversal().step() != null) {
        return false;
      }
      if (head == h && withdrawn == gaps) {
        return true;
      }
    }
  }

  @Override
  boolean hasRoom() {
    return !closed;
  }

  @Override
  public int capacity() {
    return UNBOUNDED;
  }

  @Override
  public int remainingCapacity() {
    return closed ? 0 : Integer.MAX_VALUE;
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

  /** By number, since a segment may be used again while a walk of another thread stands in it. */
  private final class Walk extends Traversal<E> {
    private long at = head;
    private Segment segment = first;

    @Override
    @Nullable E step() {
      runStart = at;
      while (true) {
        long h = head;
        if (at < h) {
          at = h;
          runStart = h;
        }
        if (segment.id != at >>> shift && !seek()) {
          return null;
        }
        Segment s = segment;
        int i = (int) at & mask;
        Object v = Cells.acquire(s.cells, i);
        DeadRuns runs = s.runs;
        if (s.id != at >>> shift || head > at) {
          continue;
        }
        if (v == null) {
          // The end, or taken meanwhile.
          if (at >= tail) {
            return null;
          }
          continue;
        }
        long number = at;
        if (v != REMOVED) {
          at++;
          holder = s;
          index = number;
          return cast(v);
        }
        at = (at & ~(long) mask) + DeadRuns.after(runs, i);
      }
    }

    /** Finds the segment of the number, or of the next where it was taken out. */
    private boolean seek() {
      Segment s = segment.id < at >>> shift ? segment : first;
      while (true) {
        long id = s.id;
        if (id == at >>> shift) {
          segment = s;
          return true;
        }
        if (id > at >>> shift) {
          // Between: all of it was removed, or taken.
          at = Math.max(id << shift, head);
          runStart = at;
          segment = s;
          return true;
        }
        Segment next = s.next;
        if (next == null) {
          return false;
        }
        s = next == s ? first : next;
      }
    }

    @Override
    @SuppressWarnings({"NonAtomicVolatileUpdate", "ReferenceEquality"}) // one consumer; its cell
    boolean removeAt(@Nullable Object holder, long index, E element) {
      Segment s = (Segment) Objects.requireNonNull(holder);
      int i = (int) index & mask;
      if (index < (long) HEAD.get(SpscUnboundedQueue.this)
          || s.id != index >>> shift
          || s.cells[i] != element) {
        return false;
      }
      withdrawn++;
      Cells.release(s.cells, i, REMOVED);
      s.removed++;
      passRemoved();
      takeOutBefore(s);
      if (s.removed <= mask) {
        int end = i + 1;
        while (end <= mask && s.cells[end] == REMOVED) {
          end = DeadRuns.after(s.runs, end);
        }
        int start = runStart >>> shift == index >>> shift ? (int) runStart & mask : 0;
        s.runs = DeadRuns.note(s.runs, mask + 1, Math.min(start, i), end);
      }
      return true;
    }
  }

  /** Takes segments out of the chain all of whose elements were removed. */
  private void takeOutBefore(Segment end) {
    Segment s = first;
    Segment next = s.next;
    while (next != null && s.id < end.id && next.id < end.id) {
      Segment after = next.next;
      if (next.removed > mask && after != null) {
        s.next = after;
      } else {
        s = next;
      }
      next = after;
    }
  }

  @SuppressWarnings("unchecked")
  private E cast(Object element) {
    return (E) element;
  }
}
