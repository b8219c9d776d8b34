package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue for many producers and many consumers, in an array, whose full and empty are
 * exact.
 *
 * <p>Each cell holds the node of its last offer, which names the round (how often the ring went
 * round) it belongs to. An offer is one compare-and-set of a cell from the emptied node of the
 * round before to a new one; a poll is one of the node's item, from the element to null. Nothing is
 * claimed before and nothing is owed after. Where the first free and the first filled cell are is a
 * hint, which everybody corrects by looking at cells. Since no node comes back and no item returns
 * to a node, a thread that wakes late cannot take one for another.
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
 *       bytes per element, which a cell keeps until its next one.
 * </ul>
 *
 * <p>Source: ours, after Tsigas and Zhang (SPAA 2001) and Colvin and Groves (2005), with identity
 * in place of counters, and hints in place of compare-and-set on the ends.
 *
 * @param <E> the elements
 */
public final class StrictMpmcArrayQueue<E> extends ArrayQueue<E> {
  /** The item of a node that {@link #close} put into a free cell: nothing comes here or behind. */
  private static final Object CLOSED = new Object();

  /** The item of a node whose element is gone, and in whose cell nothing comes any more. */
  private static final Object END = new Object();

  /** In place of an element: it was removed from the middle. */
  private static final Object REMOVED = new Object();

  /** The same for a {@link Last}. */
  private static final Object LAST_REMOVED = new Object();

  private static final VarHandle TAIL;
  private static final VarHandle LIMIT;
  private static final VarHandle HEAD;
  private static final VarHandle WITHDRAWN;
  private static final VarHandle ITEM;
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(Node[].class);

  static {
    try {
      var lookup = MethodHandles.lookup();
      TAIL = lookup.findVarHandle(Layout.IndexTail.class, "tail", long.class);
      LIMIT = lookup.findVarHandle(Layout.IndexTail.class, "tailLimit", long.class);
      HEAD = lookup.findVarHandle(Layout.IndexHead.class, "head", long.class);
      WITHDRAWN = lookup.findVarHandle(Layout.IndexHead.class, "withdrawn", int.class);
      ITEM = lookup.findVarHandle(Node.class, "item", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** An element in its round; without an item, the room of the next round. */
  private static final class Node {
    final long round;
    @Nullable Object item;

    Node(long round, @Nullable Object item) {
      this.round = round;
      this.item = item;
    }
  }

  /** The item of a full queue's first element, after which the queue is closed. */
  private record Last(Object element) {}

  private final Node[] cells;
  private final int shift;

  /** Set before there is a {@link Last}, so that who reads one knows to look for it. */
  private boolean lasting;

  StrictMpmcArrayQueue(int capacity) {
    super(capacity);
    cells = new Node[mask + 1];
    shift = Integer.numberOfTrailingZeros(cells.length);
    Arrays.fill(cells, new Node(-1, null));
    tailLimit = capacity;
  }

  @Override
  public boolean offer(E element) {
    Objects.requireNonNull(element, "element");
    long t = (long) TAIL.getAcquire(this);
    Node[] array = cells;
    Node fresh = null;
    while (true) {
      if (capacity < array.length && !isRoomAt(t)) {
        return false;
      }
      // Not the mask: the compiler sees that this is in bounds.
      int i = (int) t & (array.length - 1);
      long round = t >>> shift;
      Node node = (Node) CELL.getAcquire(array, i);
      Object item = ITEM.getAcquire(node);
      if (node.round < round) {
        if (item == null) {
          if (fresh == null || fresh.round != round) {
            fresh = new Node(round, element);
          }
          if (CELL.compareAndSet(array, i, node, fresh)) {
            if ((long) TAIL.getOpaque(this) <= t) {
              TAIL.setRelease(this, t + 1);
            }
            return true;
          }
        } else if (item == REMOVED || item == LAST_REMOVED) {
          pass(t - array.length, node, item);
        } else {
          // Closed, or the element of the round before.
          return false;
        }
      } else if (item == CLOSED) {
        return false;
      } else {
        // Somebody was faster; by a round, if this thread slept.
        t = (node.round << shift | i) + 1;
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
    Node node = (Node) CELL.getAcquire(cells, (int) first & mask);
    if (node.round == first >>> shift) {
      Object item = ITEM.getAcquire(node);
      if (item == REMOVED) {
        pass(first, node, item);
      } else if (item != null) {
        return false;
      }
    }
    LIMIT.setOpaque(this, Math.max(t + 1, (long) HEAD.getOpaque(this) + capacity));
    return true;
  }

  @Override
  public @Nullable E poll() {
    long h = (long) HEAD.getAcquire(this);
    Node[] array = cells;
    while (true) {
      int i = (int) h & (array.length - 1);
      long round = h >>> shift;
      Node node = (Node) CELL.getAcquire(array, i);
      if (node.round < round) {
        return null;
      }
      Object item = ITEM.getAcquire(node);
      if (node.round > round || isGone(item)) {
        h = behind(h, node, i);
      } else if (item == CLOSED) {
        return null;
      } else if (pass(h, node, item) && !isRemoved(item)) {
        return cast(item);
      }
    }
  }

  /** The first number that can be filled yet, when number {@code h} is not any more. */
  private long behind(long h, Node node, int i) {
    // The element one round before a node is gone: by a round, if this thread slept.
    return Math.max(h + 1, (node.round << shift | i) - mask);
  }

  /** Takes the first number's item; false if somebody else did, or something changed. */
  private boolean pass(long h, Node node, Object item) {
    // Said apart: a compare-and-set to what is surely null costs no card mark.
    boolean emptied =
        item == LAST_REMOVED || isLast(item)
            ? ITEM.compareAndSet(node, item, END)
            : ITEM.compareAndSet(node, item, (Object) null);
    if (!emptied) {
      return false;
    }
    if (isRemoved(item)) {
      WITHDRAWN.getAndAdd(this, -1);
    }
    if ((long) HEAD.getOpaque(this) <= h) {
      HEAD.setRelease(this, h + 1);
    }
    return true;
  }

  private static boolean isGone(@Nullable Object item) {
    return item == null || item == END;
  }

  private static boolean isRemoved(Object item) {
    return item == REMOVED || item == LAST_REMOVED;
  }

  private boolean isLast(Object item) {
    // The class of an element is in the element's own memory: not read without need.
    return lasting && item instanceof Last;
  }

  @Override
  public @Nullable E peek() {
    long h = (long) HEAD.getAcquire(this);
    while (true) {
      int i = (int) h & mask;
      long round = h >>> shift;
      Node node = (Node) CELL.getAcquire(cells, i);
      if (node.round < round) {
        return null;
      }
      Object item = ITEM.getAcquire(node);
      if (node.round > round || isGone(item)) {
        h = behind(h, node, i);
      } else if (item == CLOSED) {
        return null;
      } else if (isRemoved(item)) {
        pass(h, node, item);
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
      Node node = (Node) CELL.getAcquire(cells, i);
      Object item = ITEM.getAcquire(node);
      if (node.round >= round) {
        if (item == CLOSED) {
          break;
        }
        t = (node.round << shift | i) + 1;
      } else if (item == null) {
        if (CELL.compareAndSet(cells, i, node, new Node(round, CLOSED))) {
          break;
        }
      } else if (item == END || item == LAST_REMOVED || isLast(item)) {
        break;
      } else {
        lasting = true;
        if (ITEM.compareAndSet(node, item, item == REMOVED ? LAST_REMOVED : new Last(item))) {
          break;
        }
      }
    }
    closed = true;
  }

  /** The first number from a hint on that is not yet filled. */
  private long seekTail(long from) {
    long n = from;
    for (int steps = 0; steps <= mask; steps++) {
      int i = (int) n & mask;
      Node node = (Node) CELL.getAcquire(cells, i);
      if (node.round < n >>> shift) {
        break;
      }
      n = node.round << shift | i;
      if (ITEM.getAcquire(node) == CLOSED) {
        break;
      }
      n++;
    }
    return n;
  }

  /** The first number from a hint on that is not yet emptied. */
  private long seekHead(long from) {
    long n = from;
    for (int steps = 0; steps <= mask; steps++) {
      int i = (int) n & mask;
      Node node = (Node) CELL.getAcquire(cells, i);
      long round = n >>> shift;
      if (node.round < round || (node.round == round && !isGone(ITEM.getAcquire(node)))) {
        break;
      }
      n = behind(n, node, i);
    }
    return n;
  }

  @Override
  long start() {
    return seekHead(head);
  }

  @Override
  long end(long start) {
    return seekTail(Math.max(tail, start));
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
    private final long end = at + cells.length;

    @Override
    @Nullable E step() {
      while (at < end) {
        long round = at >>> shift;
        Node node = (Node) CELL.getAcquire(cells, (int) at & mask);
        if (node.round < round) {
          return null;
        }
        Object item = ITEM.getAcquire(node);
        if (node.round == round && item == CLOSED) {
          return null;
        }
        at++;
        if (node.round == round && !isGone(item) && !isRemoved(item)) {
          holder = node;
          index = at - 1;
          return cast(item);
        }
      }
      return null;
    }

    @Override
    boolean removeAt(@Nullable Object holder, long index, E element) {
      Node node = (Node) Objects.requireNonNull(holder);
      WITHDRAWN.getAndAdd(StrictMpmcArrayQueue.this, 1);
      while (true) {
        Object item = ITEM.getAcquire(node);
        if (isGone(item) || isRemoved(item)) {
          WITHDRAWN.getAndAdd(StrictMpmcArrayQueue.this, -1);
          return false;
        }
        if (ITEM.compareAndSet(node, item, isLast(item) ? LAST_REMOVED : REMOVED)) {
          // Passes it, if it is the first.
          peek();
          return true;
        }
      }
    }
  }

  @Override
  @SuppressWarnings("unchecked")
  E cast(Object item) {
    return isLast(item) ? (E) ((Last) item).element() : (E) item;
  }
}
