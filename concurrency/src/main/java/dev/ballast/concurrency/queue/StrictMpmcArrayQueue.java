package dev.ballast.concurrency.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue for many producers and many consumers, in an array, whose full and empty are
 * exact.
 *
 * <p>Each cell holds either a node with an element or an empty token, and both name the round (how
 * often the ring went round) they belong to. An offer is one compare-and-set of a cell from this
 * round's token to a node, a poll one from the node to the next round's token; nothing is claimed
 * before and nothing is owed after. Where the first free and the first filled cell are is a hint,
 * which everybody corrects by looking at cells. Since no node or token comes back, a thread that
 * wakes late cannot take one for another.
 *
 * <ul>
 *   <li>Progress: lock-free.
 *   <li>Who may call: everybody, everything.
 *   <li>Full and empty: exact ({@code offer() == false} and {@code poll() == null} are
 *       linearizable). The room of an element that was removed from the middle is free when all
 *       before it are gone.
 *   <li>Closing is exact: after {@link #close} and one {@code poll() == null} nothing comes any
 *       more.
 *   <li>Memory: 4 bytes per cell (compressed references), the next power of two of the capacity; 24
 *       bytes per element and one token of 24 bytes per round.
 * </ul>
 *
 * <p>Source: ours, after Tsigas and Zhang (SPAA 2001) and Colvin and Groves (2005), with identity
 * in place of counters, and hints in place of compare-and-set on the ends.
 *
 * @param <E> the elements
 */
public final class StrictMpmcArrayQueue<E> extends Layout.Indexed<E> {
  /** In place of an element: nothing can be put here or behind. */
  private static final Object CLOSED = new Object();

  /** In place of an element: it was removed from the middle. */
  private static final Object REMOVED = new Object();

  private static final VarHandle TAIL;
  private static final VarHandle LIMIT;
  private static final VarHandle HEAD;
  private static final VarHandle WITHDRAWN;
  private static final VarHandle TOKEN;
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(Cell[].class);

  static {
    try {
      var lookup = MethodHandles.lookup();
      TAIL = lookup.findVarHandle(Layout.IndexTail.class, "tail", long.class);
      LIMIT = lookup.findVarHandle(Layout.IndexTail.class, "tailLimit", long.class);
      HEAD = lookup.findVarHandle(Layout.IndexHead.class, "head", long.class);
      WITHDRAWN = lookup.findVarHandle(Layout.IndexHead.class, "withdrawn", int.class);
      TOKEN = lookup.findVarHandle(Layout.IndexHead.class, "headToken", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** A node if it has an item, or else the empty token of its round. */
  private static class Cell {
    final long round;
    final @Nullable Object item;

    Cell(long round, @Nullable Object item) {
      this.round = round;
      this.item = item;
    }
  }

  /** The node of a full queue's first element, after which the queue is closed. */
  private static final class LastCell extends Cell {
    LastCell(long round, @Nullable Object item) {
      super(round, item);
    }
  }

  private final Cell[] cells;
  private final int mask;
  private final int shift;
  private final int capacity;
  private volatile boolean closed;

  StrictMpmcArrayQueue(int capacity) {
    this.capacity = requireCapacity(capacity);
    cells = new Cell[powerOfTwo(capacity)];
    mask = cells.length - 1;
    shift = Integer.numberOfTrailingZeros(cells.length);
    Arrays.fill(cells, new Cell(0, null));
    headToken = new Cell(1, null);
    tailLimit = capacity;
  }

  @Override
  public boolean offer(E element) {
    Objects.requireNonNull(element, "element");
    long t = (long) TAIL.getAcquire(this);
    Cell[] array = cells;
    Cell node = null;
    while (true) {
      if (capacity < array.length && !isRoomAt(t)) {
        return false;
      }
      // Not the mask: the compiler sees that this is in bounds.
      int i = (int) t & (array.length - 1);
      long round = t >>> shift;
      Cell cell = (Cell) CELL.getAcquire(array, i);
      Object item = cell.item;
      if (cell.round == round && item == null) {
        if (node == null || node.round != round) {
          node = new Cell(round, element);
        }
        if (CELL.compareAndSet(array, i, cell, node)) {
          if ((long) TAIL.getOpaque(this) <= t) {
            TAIL.setRelease(this, t + 1);
          }
          return true;
        }
      } else if (cell.round < round) {
        // The element of the round before.
        if (item != REMOVED) {
          return false;
        }
        boolean _ = pass(t - array.length, cell);
      } else if (cell.round > round) {
        // This thread slept for a round.
        t = Math.max(t + 1, (cell.round << shift | i) - array.length + 1);
      } else if (item == CLOSED) {
        return false;
      } else {
        t++;
      }
    }
  }

  /**
   * Where the capacity is not that of the array: whether the element {@code capacity} places before
   * is gone.
   */
  private boolean isRoomAt(long t) {
    if (t < (long) LIMIT.getOpaque(this)) {
      return true;
    }
    long first = t - capacity;
    Cell cell = (Cell) CELL.getAcquire(cells, (int) first & mask);
    if (cell.round == first >>> shift) {
      if (cell.item != REMOVED) {
        return false;
      }
      pass(first, cell);
    }
    LIMIT.setOpaque(this, Math.max(t + 1, (long) HEAD.getOpaque(this) + capacity));
    return true;
  }

  @Override
  public @Nullable E poll() {
    long h = (long) HEAD.getAcquire(this);
    Cell[] array = cells;
    while (true) {
      int i = (int) h & (array.length - 1);
      long round = h >>> shift;
      Cell cell = (Cell) CELL.getAcquire(array, i);
      Object item = cell.item;
      if (cell.round > round) {
        // Somebody was faster; by a round, if this thread slept.
        h = Math.max(h + 1, (cell.round << shift | i) - cells.length + 1);
      } else if (item == null || item == CLOSED) {
        return null;
      } else if (pass(h, cell) && item != REMOVED) {
        return cast(item);
      }
    }
  }

  /** Empties the cell of the first number; false if somebody else did, or something changed. */
  private boolean pass(long h, Cell cell) {
    long next = cell.round + 1;
    Cell empty = cell instanceof LastCell ? new Cell(next, CLOSED) : emptyToken(next);
    if (!CELL.compareAndSet(cells, (int) h & mask, cell, empty)) {
      return false;
    }
    if (cell.item == REMOVED) {
      int _ = (int) WITHDRAWN.getAndAdd(this, -1);
    }
    if ((long) HEAD.getOpaque(this) <= h) {
      HEAD.setRelease(this, h + 1);
    }
    return true;
  }

  /** Shared where it can be; a second token of a round does no harm, only an old one would. */
  private Cell emptyToken(long round) {
    Cell token = (Cell) TOKEN.getAcquire(this);
    if (token.round == round) {
      return token;
    }
    Cell fresh = new Cell(round, null);
    if (token.round < round) {
      TOKEN.setRelease(this, (Object) fresh);
    }
    return fresh;
  }

  @Override
  public @Nullable E peek() {
    long h = (long) HEAD.getAcquire(this);
    while (true) {
      int i = (int) h & mask;
      long round = h >>> shift;
      Cell cell = (Cell) CELL.getAcquire(cells, i);
      Object item = cell.item;
      if (cell.round > round) {
        h = Math.max(h + 1, (cell.round << shift | i) - cells.length + 1);
      } else if (item == null || item == CLOSED) {
        return null;
      } else if (item == REMOVED) {
        boolean _ = pass(h, cell);
      } else {
        return cast(item);
      }
    }
  }

  @Override
  public void close() {
    long t = (long) TAIL.getAcquire(this);
    while (true) {
      int i = (int) t & mask;
      long round = t >>> shift;
      Cell cell = (Cell) CELL.getAcquire(cells, i);
      if ((cell.round == round && cell.item == CLOSED) || cell instanceof LastCell) {
        break;
      }
      if (cell.round < round) {
        if (CELL.compareAndSet(cells, i, cell, (Cell) new LastCell(cell.round, cell.item))) {
          break;
        }
      } else if (cell.round > round) {
        t = Math.max(t + 1, (cell.round << shift | i) - cells.length + 1);
      } else if (cell.item != null) {
        t++;
      } else if (CELL.compareAndSet(cells, i, cell, new Cell(round, CLOSED))) {
        break;
      }
    }
    closed = true;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public boolean isDrained() {
    return closed && peek() == null;
  }

  /** The first number from a hint on whose cell is not yet filled (or, not yet emptied). */
  private long seek(long from, boolean filled) {
    long n = from;
    for (int steps = 0; steps <= mask; steps++) {
      int i = (int) n & mask;
      Cell cell = (Cell) CELL.getAcquire(cells, i);
      long round = n >>> shift;
      if (cell.round > round) {
        n = Math.max(n + 1, (cell.round << shift | i) - cells.length + 1);
      } else if (filled && cell.round == round && isElement(cell.item)) {
        n++;
      } else {
        break;
      }
    }
    return n;
  }

  private static boolean isElement(@Nullable Object item) {
    return item != null && item != CLOSED;
  }

  @Override
  public int size() {
    long h = seek(head, false);
    long t = seek(Math.max(tail, h), true);
    return Math.clamp(t - h - withdrawn, 0, capacity);
  }

  @Override
  public boolean isEmpty() {
    return peek() == null;
  }

  @Override
  boolean hasRoom() {
    return !closed && size() < capacity;
  }

  @Override
  public int capacity() {
    return capacity;
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
    private long at = head;
    private final long end = at + cells.length;

    @Override
    @Nullable E step() {
      while (at < end) {
        long round = at >>> shift;
        Cell cell = (Cell) CELL.getAcquire(cells, (int) at & mask);
        Object item = cell.item;
        if (cell.round == round) {
          if (item == null || item == CLOSED) {
            return null;
          }
          at++;
          if (item != REMOVED) {
            holder = cell;
            index = at - 1;
            return cast(item);
          }
        } else if (cell.round < round) {
          return null;
        } else {
          at++;
        }
      }
      return null;
    }

    @Override
    boolean removeAt(@Nullable Object holder, long index, E element) {
      Cell seen = (Cell) Objects.requireNonNull(holder);
      Cell tombstone = tombstone(seen);
      int _ = (int) WITHDRAWN.getAndAdd(StrictMpmcArrayQueue.this, 1);
      while (true) {
        if (CELL.compareAndSet(cells, (int) index & mask, seen, tombstone)) {
          // Passes it, if it is the first.
          E _ = peek();
          return true;
        }
        Cell now = (Cell) CELL.getAcquire(cells, (int) index & mask);
        if (now.round != seen.round || now.item == REMOVED) {
          int _ = (int) WITHDRAWN.getAndAdd(StrictMpmcArrayQueue.this, -1);
          return false;
        }
        // Only closing has put another cell around the same element.
        seen = now;
        tombstone = tombstone(now);
      }
    }

    private static Cell tombstone(Cell cell) {
      return cell instanceof LastCell
          ? new LastCell(cell.round, REMOVED)
          : new Cell(cell.round, REMOVED);
    }
  }

  @SuppressWarnings("unchecked")
  private E cast(Object element) {
    return (E) element;
  }
}
