package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An unbounded queue for many producers and one consumer: a producer draws a number, once, and
 * stores its element in the cell of that number.
 *
 * <ul>
 *   <li>Progress: lock-free; an offer is one fetch-and-add and one store, without a loop except
 *       where a new segment begins. A producer that sleeps between the two delays its own element
 *       only: the consumer keeps a list of such gaps (at most one for each producer) and looks at
 *       them first.
 *   <li>Who may call: producers everybody; the consumer's calls one thread at a time.
 *   <li>Full: never, until closed. Empty: exact ({@code poll() == null} is linearizable).
 *   <li>Closing is exact once {@link #isDrained()} says so: offers that had drawn a number before
 *       are delivered first.
 *   <li>Memory: 4 bytes per element (compressed references), in segments of 1024. A sleeping
 *       producer holds one segment, not all that came after it. The space of an element removed
 *       from the middle is free when its segment has passed, or all others of that segment were
 *       removed.
 *   <li>{@link #size} counts offers that are in progress; {@link #isEmpty} does not.
 * </ul>
 *
 * <p>Source: Jiffy (Adas and Friedman, DISC 2020); the list of gaps in place of its scan over
 * handled cells, and closing, are ours.
 *
 * @param <E> the elements
 */
public final class MpscUnboundedQueue<E> extends Layout.Indexed<E> {
  /** In the cell of a number that was drawn after the queue was closed. */
  private static final Object BURNT = new Object();

  /** In the cell of an element that the consumer removed from the middle. */
  private static final Object REMOVED = new Object();

  private static final int NOTHING = -1;

  static final int SEGMENT_CELLS = 1024;

  private static final VarHandle TAIL;
  private static final VarHandle HEAD;
  private static final VarHandle NEXT;
  private static final VarHandle LAST;

  static {
    try {
      var lookup = MethodHandles.lookup();
      TAIL = lookup.findVarHandle(Layout.IndexTail.class, "tail", long.class);
      HEAD = lookup.findVarHandle(Layout.IndexHead.class, "head", long.class);
      NEXT = lookup.findVarHandle(Segment.class, "next", Segment.class);
      LAST = lookup.findVarHandle(MpscUnboundedQueue.class, "last", Segment.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final class Segment {
    final long id;
    final @Nullable Object[] cells;
    volatile @Nullable Segment next;

    /** Cells that the consumer passed while their producer had not arrived; the consumer's. */
    int gaps;

    /** The consumer's: how many elements it removed from the middle here. */
    int removed;

    @Nullable DeadRuns runs;

    Segment(long id, int size) {
      this.id = id;
      cells = new Object[size];
    }
  }

  private final int mask;
  private final int shift;
  private final int spins;

  /** Near the end; never beyond the segment of a number that was drawn. */
  private volatile Segment last;

  /** The oldest segment with a cell that a producer may still fill; written by the consumer. */
  private volatile Segment first;

  private static final int OPEN = 0;

  /** There was no memory for the next segment when it was made ahead of need. */
  private static final int SCARCE = 1;

  private static final int CLOSED = 2;

  /** What offers look at first; that the queue is closed stands in the sign of the tail. */
  private volatile int state = OPEN;

  /** The consumer's: places it passed before their producer arrived, oldest first. */
  private Segment[] gapSegments = new Segment[4];

  private int[] gapIndexes = new int[4];

  MpscUnboundedQueue() {
    this(SEGMENT_CELLS, Spins.DEFAULT);
  }

  MpscUnboundedQueue(int segmentCells, int spins) {
    if (Integer.bitCount(segmentCells) != 1) {
      throw new IllegalArgumentException("not a power of two: segmentCells=" + segmentCells);
    }
    mask = segmentCells - 1;
    shift = Integer.numberOfTrailingZeros(segmentCells);
    this.spins = spins;
    Segment segment = new Segment(0, segmentCells);
    last = segment;
    first = segment;
    headSegment = segment;
    headShown = NOTHING;
  }

  @Override
  public boolean offer(E element) {
    Objects.requireNonNull(element, "element");
    if (state != OPEN && !mayOffer()) {
      return false;
    }
    // To be read before the number is drawn: the segment of a later number is not before this one.
    Segment near = last;
    long drawn = (long) TAIL.getAndAdd(this, 1L);
    boolean accepted = drawn >= 0;
    long number = drawn & Long.MAX_VALUE;
    Segment s = near.id == number >>> shift ? near : find(near, number >>> shift);
    int i = (int) number & mask;
    Cells.release(s.cells, i, accepted ? element : BURNT);
    // Twice, since one of the two producers may sleep.
    if (i == mask >>> 1 || i == mask - (mask >>> 2)) {
      appendAhead(s);
    }
    return accepted;
  }

  /** Off the path of most offers: false if closed, or else makes the segment that was lacking. */
  private boolean mayOffer() {
    if (isClosed()) {
      return false;
    }
    long end = ((long) TAIL.getAcquire(this) & Long.MAX_VALUE) >>> shift;
    Segment s = last;
    while (s.id <= end) {
      Segment next = s.next;
      if (next == null) {
        next = append(s);
      }
      s = next == s ? first : next;
    }
    state = OPEN;
    return true;
  }

  /**
   * A number that was drawn must get its cell, so segments are made long before, when half of the
   * one before is free. Where memory has run out then, the next producers try again before they
   * draw, and fail with nothing done.
   */
  private void appendAhead(Segment s) {
    try {
      append(s);
    } catch (OutOfMemoryError e) {
      state = SCARCE;
    }
  }

  private Segment find(Segment near, long id) {
    Segment s = near;
    while (s.id != id) {
      Segment next = s.next;
      if (next == null) {
        next = append(s);
      }
      s = next == s ? first : next;
    }
    Segment behind = last;
    while (behind.id < id && !LAST.compareAndSet(this, behind, s)) {
      behind = last;
    }
    return s;
  }

  private Segment append(Segment s) {
    Segment next = s.next;
    if (next != null) {
      return next;
    }
    Segment fresh = new Segment(s.id + 1, mask + 1);
    Segment witness = (Segment) NEXT.compareAndExchange(s, (Segment) null, fresh);
    return witness == null ? fresh : witness;
  }

  @Override
  public int fill(Supplier<? extends E> from, int limit, Consumer<? super E> refused) {
    return fillInBatches(from, limit, refused);
  }

  /** Draws the numbers of a batch in one step. */
  @Override
  int offerAll(Object[] batch, int count) {
    if (count == 0 || (state != OPEN && !mayOffer())) {
      return 0;
    }
    Segment s = last;
    long drawn = (long) TAIL.getAndAdd(this, (long) count);
    boolean accepted = drawn >= 0;
    long first = drawn & Long.MAX_VALUE;
    for (int n = 0; n < count; n++) {
      long number = first + n;
      if (s.id != number >>> shift) {
        s = find(s, number >>> shift);
      }
      int i = (int) number & mask;
      Cells.release(s.cells, i, accepted ? batch[n] : BURNT);
      if (i == mask >>> 1 || i == mask - (mask >>> 2)) {
        appendAhead(s);
      }
    }
    return accepted ? count : 0;
  }

  @Override
  public @Nullable E poll() {
    if (headGaps == 0) {
      long h = (long) HEAD.get(this);
      @Nullable Object[] array = head().cells;
      // At the end of a segment that is its first cell, which nothing is in any more.
      int i = (int) h & (array.length - 1);
      Object v = Cells.acquire(array, i);
      if (isLive(v)) {
        array[i] = null;
        HEAD.setRelease(this, h + 1);
        return cast(Objects.requireNonNull(v));
      }
    }
    return pollLocated();
  }

  private @Nullable E pollLocated() {
    int place = locate();
    if (place == NOTHING) {
      return null;
    }
    headShown = NOTHING;
    if (place == headGaps) {
      long h = (long) HEAD.get(this);
      @Nullable Object[] array = head().cells;
      Object v = array[(int) h & mask];
      array[(int) h & mask] = null;
      HEAD.setRelease(this, h + 1);
      return cast(Objects.requireNonNull(v));
    }
    Segment s = gapSegments[place];
    Object v = s.cells[gapIndexes[place]];
    s.cells[gapIndexes[place]] = null;
    closeGap(place);
    return cast(Objects.requireNonNull(v));
  }

  @Override
  public int drain(Consumer<? super E> to, int limit) {
    Objects.requireNonNull(to, "to");
    requireLimit(limit);
    for (int taken = 0; taken < limit; taken++) {
      E element = poll();
      if (element == null) {
        return taken;
      }
      to.accept(element);
    }
    return limit;
  }

  @Override
  public @Nullable E peek() {
    int place = locate();
    if (place == NOTHING) {
      return null;
    }
    // A gap before it may be filled now; but the first element does not change by itself.
    headShown = place;
    return cast(Objects.requireNonNull(cellAt(place)));
  }

  private @Nullable Object cellAt(int place) {
    if (place < headGaps) {
      return gapCell(place);
    }
    long h = (long) HEAD.get(this);
    return head().id == h >>> shift ? Cells.acquire(head().cells, (int) h & mask) : null;
  }

  private static boolean isLive(@Nullable Object v) {
    return v != null && v != BURNT && v != REMOVED;
  }

  /**
   * Where the first element is: the number of a gap, or {@code headGaps} for the head, or nothing.
   *
   * <p>Filled cells stay filled until the consumer empties them. So cells that are seen empty one
   * after the other were all empty when the first of them was looked at, and if the end was read
   * before that, the queue was empty then. And if a later cell was seen filled before, its element
   * was the first one at that moment.
   */
  private int locate() {
    if (headShown != NOTHING && isLive(cellAt(headShown))) {
      return headShown;
    }
    headShown = NOTHING;
    long end = (long) TAIL.getVolatile(this) & Long.MAX_VALUE;
    dropDeadGaps();
    int place = firstFilledGap(headGaps);
    if (place == NOTHING) {
      if (!seekHead(end)) {
        return NOTHING;
      }
      place = headGaps;
    }
    while (place > 0) {
      int earlier = firstFilledGap(place);
      if (earlier == NOTHING) {
        break;
      }
      place = earlier;
    }
    return place;
  }

  private int firstFilledGap(int below) {
    for (int g = 0; g < below; g++) {
      if (isLive(gapCell(g))) {
        return g;
      }
    }
    return NOTHING;
  }

  private @Nullable Object gapCell(int g) {
    return Cells.acquire(gapSegments[g].cells, gapIndexes[g]);
  }

  private void dropDeadGaps() {
    for (int g = headGaps - 1; g >= 0; g--) {
      Object v = gapCell(g);
      if (v == BURNT || v == REMOVED) {
        if (v == REMOVED) {
          pass(1);
        }
        closeGap(g);
      }
    }
  }

  /** Moves the head to a filled cell before {@code end}, leaving gaps; false if there is none. */
  private boolean seekHead(long end) {
    while (true) {
      Segment s = head();
      long h = (long) HEAD.get(this);
      if (s.id != h >>> shift) {
        if (!nextSegment(s, h)) {
          return false;
        }
        continue;
      }
      if (h >= end) {
        return false;
      }
      int i = (int) h & mask;
      Object v = Cells.acquire(s.cells, i);
      for (int spin = spins; v == null && spin > 0; spin--) {
        Thread.onSpinWait();
        v = Cells.acquire(s.cells, i);
      }
      if (isLive(v)) {
        return true;
      }
      if (v == null) {
        openGap(s, i);
      } else if (v == REMOVED) {
        pass(1);
      }
      HEAD.setRelease(this, h + 1);
    }
  }

  private boolean nextSegment(Segment s, long h) {
    Segment next = s.next;
    if (next == null) {
      return false;
    }
    headSegment = next;
    long begin = next.id << shift;
    if (begin > h) {
      // Segments between were taken out, all of whose elements were removed.
      pass((int) (begin - h));
      HEAD.setRelease(this, begin);
    }
    if (s.gaps == 0) {
      fold(s);
    }
    return true;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the consumer
  private void pass(int removed) {
    withdrawn -= removed;
  }

  /** Keeps the head off removed elements; by the consumer. */
  private void passRemoved() {
    while (true) {
      Segment s = head();
      long h = (long) HEAD.get(this);
      if (s.id != h >>> shift) {
        if (!nextSegment(s, h)) {
          return;
        }
      } else if (Cells.acquire(s.cells, (int) h & mask) == REMOVED) {
        pass(1);
        HEAD.setRelease(this, h + 1);
        if (headShown == headGaps) {
          headShown = NOTHING;
        }
      } else {
        return;
      }
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the consumer
  private void openGap(Segment s, int index) {
    if (headGaps == gapIndexes.length) {
      gapSegments = Arrays.copyOf(gapSegments, headGaps * 2);
      gapIndexes = Arrays.copyOf(gapIndexes, headGaps * 2);
    }
    gapSegments[headGaps] = s;
    gapIndexes[headGaps] = index;
    s.gaps++;
    headGaps++;
  }

  private void closeGap(int place) {
    Segment s = gapSegments[place];
    int left = headGaps - 1;
    System.arraycopy(gapSegments, place + 1, gapSegments, place, left - place);
    System.arraycopy(gapIndexes, place + 1, gapIndexes, place, left - place);
    gapSegments[left] = head();
    headGaps = left;
    if (--s.gaps == 0 && s != head()) {
      fold(s);
    }
  }

  /** Takes a segment out of the chain that no producer can need any more. */
  private void fold(Segment s) {
    Segment after = Objects.requireNonNull(s.next);
    if (first == s) {
      first = after;
    } else {
      Segment before = first;
      while (before.next != s) {
        before = Objects.requireNonNull(before.next);
      }
      before.next = after;
    }
    // Who still stands here goes on from the first; and an old segment keeps no young one alive.
    s.next = s;
  }

  private Segment head() {
    return (Segment) Objects.requireNonNull(headSegment);
  }

  @Override
  public void close() {
    for (long t = tail; t >= 0; t = tail) {
      TAIL.compareAndSet(this, t, t | Long.MIN_VALUE);
    }
    state = CLOSED;
  }

  @Override
  public boolean isClosed() {
    return tail < 0;
  }

  /** By the consumer, after {@code poll()} returned null. */
  @Override
  public boolean isDrained() {
    long end = tail;
    return end < 0 && headGaps == 0 && (long) HEAD.get(this) >= (end & Long.MAX_VALUE);
  }

  @Override
  public int size() {
    while (true) {
      long h = head;
      int passedOver = headGaps;
      int gaps = withdrawn;
      long drawn = tail;
      if (drawn < 0) {
        return countLive();
      }
      if (head == h && headGaps == passedOver && withdrawn == gaps) {
        return clamp(drawn - h + passedOver - gaps, 0, Integer.MAX_VALUE);
      }
    }
  }

  /** Where the queue is closed: numbers that were drawn after that stand for no elements. */
  private int countLive() {
    Traversal<E> walk = traversal();
    int live = 0;
    while (walk.step() != null) {
      live++;
    }
    return live;
  }

  /** A walk sees what is there; where it saw nothing and nothing left, there was nothing. */
  @Override
  public boolean isEmpty() {
    while (true) {
      long h = head;
      int passedOver = headGaps;
      int gaps = withdrawn;
      if (traversal().step() != null) {
        return false;
      }
      if (head == h && headGaps == passedOver && withdrawn == gaps) {
        return true;
      }
    }
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
    return new Walk();
  }

  private final class Walk extends Traversal<E> {
    private @Nullable Segment segment = first;
    private int i = start(first);

    /** Cells before the head hold nothing, but for those that it left for late producers. */
    private int start(Segment s) {
      int passed = clamp(head - (s.id << shift), 0, mask + 1);
      return s.gaps == 0 ? passed : 0;
    }

    @Override
    @Nullable E step() {
      while (segment != null) {
        Segment s = segment;
        runStart = i;
        while (i <= mask) {
          int at = i;
          Object v = Cells.acquire(s.cells, at);
          if (v != null && isLive(v)) {
            i++;
            holder = s;
            index = at;
            return cast(v);
          }
          if (v == null && (s.id << shift) + at >= (tail & Long.MAX_VALUE)) {
            segment = null;
            return null;
          }
          if (v == REMOVED) {
            i = DeadRuns.after(s.runs, at);
          } else {
            i++;
            runStart = i;
          }
        }
        segment = after(s);
        i = segment == null ? 0 : start(segment);
      }
      return null;
    }

    private @Nullable Segment after(Segment s) {
      Segment next = s.next;
      if (next != s) {
        return next;
      }
      next = first;
      while (next != null && next.id <= s.id) {
        next = after(next);
      }
      return next;
    }

    @Override
    @SuppressWarnings({"NonAtomicVolatileUpdate", "ReferenceEquality"}) // one consumer; its cell
    boolean removeAt(@Nullable Object holder, long index, E element) {
      Segment s = (Segment) Objects.requireNonNull(holder);
      int at = (int) index;
      if (s.cells[at] != element) {
        return false;
      }
      withdrawn++;
      Cells.release(s.cells, at, REMOVED);
      if ((s.id << shift) + at < (long) HEAD.get(MpscUnboundedQueue.this)) {
        // In a gap, which the next look at the gaps closes.
        return true;
      }
      s.removed++;
      passRemoved();
      takeOutBefore(s);
      if (s.removed <= mask) {
        int end = at + 1;
        while (end <= mask && s.cells[end] == REMOVED) {
          end = DeadRuns.after(s.runs, end);
        }
        s.runs = DeadRuns.note(s.runs, mask + 1, (int) Math.min(runStart, at), end);
      }
      return true;
    }
  }

  /** Takes segments behind the head out of the chain all of whose elements were removed. */
  private void takeOutBefore(Segment end) {
    Segment s = head();
    Segment next = s.next;
    while (next != null && next.id < end.id) {
      if (next.removed > mask) {
        Segment after = Objects.requireNonNull(next.next);
        s.next = after;
        next.next = next;
        next = after;
      } else {
        s = next;
        next = s.next;
      }
    }
  }

  @SuppressWarnings("unchecked")
  private E cast(Object element) {
    return (E) element;
  }
}
