package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
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
 *   <li>Memory: 4 bytes per element (compressed references), in segments of 1024; an emptied
 *       segment is left to the garbage collector.
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

  private static final class Segment {
    final long id;
    final @Nullable Object[] cells;
    volatile @Nullable Segment next;

    Segment(long id, int size) {
      this.id = id;
      cells = new Object[size];
    }
  }

  private final int mask;
  private volatile Segment first;
  private volatile boolean closed;

  SpscUnboundedQueue() {
    this(SEGMENT_CELLS);
  }

  SpscUnboundedQueue(int segmentCells) {
    if (Integer.bitCount(segmentCells) != 1) {
      throw new IllegalArgumentException("not a power of two: segmentCells=" + segmentCells);
    }
    mask = segmentCells - 1;
    first = new Segment(0, segmentCells);
    headSegment = first.cells;
    tailCells = first.cells;
    tailSegment = first;
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
      append(element);
    } else {
      Cells.release(Objects.requireNonNull(tailCells), i, element);
    }
    TAIL.setRelease(this, t + 1);
    return true;
  }

  private void append(E element) {
    Segment full = (Segment) Objects.requireNonNull(tailSegment);
    Segment fresh = new Segment(full.id + 1, mask + 1);
    fresh.cells[0] = element;
    tailSegment = fresh;
    tailCells = fresh.cells;
    full.next = fresh;
  }

  @Override
  public @Nullable E poll() {
    Object v = firstCell();
    if (v == null) {
      return null;
    }
    pass();
    if (withdrawn > 0) {
      passRemoved();
    }
    return cast(v);
  }

  /** Keeps the head off removed elements; by the consumer. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the consumer
  private void passRemoved() {
    while (firstCell() == REMOVED) {
      withdrawn--;
      pass();
    }
  }

  /** The cell at the head, or null if it is not filled; by the consumer. */
  private @Nullable Object firstCell() {
    if (headIndex > mask && !advance()) {
      return null;
    }
    return Cells.acquire(headCells(), headIndex);
  }

  private void pass() {
    headCells()[headIndex++] = null;
    HEAD.setRelease(this, (long) HEAD.get(this) + 1);
  }

  private @Nullable Object[] headCells() {
    return (@Nullable Object[]) Objects.requireNonNull(headSegment);
  }

  private boolean advance() {
    Segment old = first;
    Segment next = old.next;
    if (next == null) {
      return false;
    }
    headSegment = next.cells;
    headIndex = 0;
    first = next;
    // A segment in the old generation must not keep all that came after it alive.
    old.next = old;
    return true;
  }

  @Override
  public @Nullable E peek() {
    Object v = firstCell();
    return v == null ? null : cast(v);
  }

  @Override
  public int size() {
    long h = head;
    return QueueBase.clamp(tail - h - withdrawn, 0, Integer.MAX_VALUE);
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

  private final class Walk extends Traversal<E> {
    private @Nullable Segment segment = first;
    private int i;

    @Override
    @Nullable E step() {
      while (segment != null) {
        Segment s = segment;
        while (i <= mask) {
          Object v = Cells.acquire(s.cells, i++);
          if (v != null && v != REMOVED) {
            holder = s;
            index = i - 1L;
            return cast(v);
          }
        }
        Segment next = s.next;
        segment = next == s ? first : next;
        i = 0;
      }
      return null;
    }

    @Override
    @SuppressWarnings({"NonAtomicVolatileUpdate", "ReferenceEquality"}) // one consumer; its cell
    boolean removeAt(@Nullable Object holder, long index, E element) {
      Segment s = (Segment) Objects.requireNonNull(holder);
      if (s.cells[(int) index] != element) {
        return false;
      }
      withdrawn++;
      Cells.release(s.cells, (int) index, REMOVED);
      passRemoved();
      return true;
    }
  }

  @SuppressWarnings("unchecked")
  private E cast(Object element) {
    return (E) element;
  }
}
