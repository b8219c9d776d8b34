package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An unbounded queue for many producers and many consumers, linked by nodes.
 *
 * <ul>
 *   <li>Progress: lock-free.
 *   <li>Who may call: everybody, everything.
 *   <li>Full: never, until closed. Empty: exact ({@code poll() == null} is linearizable).
 *   <li>Closing is exact: after {@link #close} and one {@code poll() == null} nothing comes any
 *       more.
 *   <li>Memory: 24 bytes per element (compressed references), freed as soon as it is taken; a node
 *       that was left keeps no other alive.
 *   <li>{@link #size} takes constant time, from numbers in the nodes.
 * </ul>
 *
 * <p>For large queues {@link MpmcUnboundedQueue} is faster and smaller; this one has no segments
 * that a few long-lived elements could hold.
 *
 * <p>Source: Michael and Scott (PODC 1996) with the improvements of the JDK's {@code
 * ConcurrentLinkedQueue}: ends that are moved every second time, elements claimed by their node,
 * old nodes linked to themselves, removed nodes unlinked.
 *
 * @param <E> the elements
 */
public final class MpmcLinkedQueue<E> extends Layout.Ended<E> {
  /** An item that is no element. */
  private static final class Mark {}

  /** The item of the last node of a closed queue. */
  private static final Mark CLOSED = new Mark();

  /** The item of a node whose element was removed from the middle. */
  private static final Mark REMOVED = new Mark();

  private static final VarHandle ITEM;
  private static final VarHandle NEXT;
  private static final VarHandle LAST;
  private static final VarHandle FIRST;
  private static final VarHandle WITHDRAWN;

  static {
    try {
      var lookup = MethodHandles.lookup();
      ITEM = lookup.findVarHandle(Node.class, "item", Object.class);
      NEXT = lookup.findVarHandle(Node.class, "next", Node.class);
      LAST = lookup.findVarHandle(Layout.EndTail.class, "last", Object.class);
      FIRST = lookup.findVarHandle(Layout.EndHead.class, "first", Object.class);
      WITHDRAWN = lookup.findVarHandle(MpmcLinkedQueue.class, "withdrawn", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final class Node {
    volatile @Nullable Object item;
    volatile @Nullable Node next;

    /** One more than that of the node before; may wrap. */
    int number;

    Node(@Nullable Object item) {
      ITEM.set(this, item);
    }

    boolean isElement() {
      Object mine = item;
      return mine != null && !(mine instanceof Mark);
    }
  }

  /** Elements that were removed from the middle, and whose places were not passed yet. */
  private volatile int withdrawn;

  MpmcLinkedQueue() {
    Node dummy = new Node(null);
    LAST.setRelease(this, (Object) dummy);
    FIRST.setRelease(this, (Object) dummy);
  }

  private Node firstHint() {
    return (Node) FIRST.getAcquire(this);
  }

  private Node lastHint() {
    return (Node) LAST.getAcquire(this);
  }

  @Override
  public boolean offer(E element) {
    return link(new Node(Objects.requireNonNull(element, "element")));
  }

  private boolean link(Node node) {
    Node hint = lastHint();
    Node p = hint;
    while (true) {
      Node next = p.next;
      if (next == null) {
        if (p.item == CLOSED) {
          return false;
        }
        node.number = p.number + 1;
        if (NEXT.compareAndSet(p, (Node) null, node)) {
          if (p != hint) {
            LAST.compareAndSet(this, (Object) hint, (Object) node);
          }
          return true;
        }
      } else if (next == p) {
        // This node was left: go on from the last, or where that was left too, from the first.
        Node now = lastHint();
        p = now == hint ? firstHint() : now;
        hint = now;
      } else {
        Node now = lastHint();
        p = p != hint && now != hint ? now : next;
        hint = now;
      }
    }
  }

  @Override
  public @Nullable E poll() {
    Node hint = firstHint();
    Node p = hint;
    while (true) {
      Object item = p.item;
      if (item != null && !(item instanceof Mark) && ITEM.compareAndSet(p, item, (Object) null)) {
        if (p != hint) {
          Node next = p.next;
          moveFirst(hint, next == null ? p : next);
        }
        return cast(item);
      }
      Node next = p.next;
      if (next == null) {
        moveFirst(hint, p);
        return null;
      }
      if (next == p) {
        hint = firstHint();
        p = hint;
      } else {
        p = next;
      }
    }
  }

  /** Moves the first hint, and cuts off what it leaves behind. */
  private void moveFirst(Node from, Node to) {
    if (from != to && FIRST.compareAndSet(this, (Object) from, (Object) to)) {
      if (withdrawn != 0) {
        passRemoved(from, to);
      }
      NEXT.setRelease(from, from);
    }
  }

  /**
   * Counts the removed ones that were left behind; whoever moved the hint does, and nobody else.
   * Only removed nodes are ever unlinked, so numbers that are missing are theirs.
   */
  private void passRemoved(Node from, Node to) {
    int passed = 0;
    Node p = from;
    while (to.number - p.number > 0) {
      if (p.item == REMOVED) {
        passed++;
      }
      Node next = Objects.requireNonNull(p.next);
      // Who unlinks from a node that was left may have gone beyond.
      int end = to.number - next.number < 0 ? to.number : next.number;
      passed += end - p.number - 1;
      p = next;
    }
    if (passed > 0) {
      WITHDRAWN.getAndAdd(this, -passed);
    }
  }

  /** The first node with an element, or else the last. */
  private Node firstNode() {
    Node hint = firstHint();
    Node p = hint;
    while (true) {
      Node next = p.next;
      if (p.isElement() || next == null) {
        moveFirst(hint, p);
        return p;
      }
      if (next == p) {
        hint = firstHint();
        p = hint;
      } else {
        p = next;
      }
    }
  }

  @Override
  public @Nullable E peek() {
    while (true) {
      Node node = firstNode();
      Object item = node.item;
      if (item != null && !(item instanceof Mark)) {
        return cast(item);
      }
      if (node.next == null) {
        return null;
      }
    }
  }

  @Override
  public void close() {
    link(new Node(CLOSED));
  }

  @Override
  public boolean isClosed() {
    return lastNode().item == CLOSED;
  }

  private Node lastNode() {
    Node p = lastHint();
    while (true) {
      Node next = p.next;
      if (next == null) {
        return p;
      }
      p = next == p ? firstHint() : next;
    }
  }

  @Override
  public boolean isDrained() {
    return isClosed() && peek() == null;
  }

  @Override
  public int size() {
    while (true) {
      Node front = firstNode();
      boolean filled = front.isElement();
      int gaps = withdrawn;
      Node back = lastNode();
      if (firstNode() == front && front.isElement() == filled && withdrawn == gaps) {
        // Not negative, since the last was found after the first.
        long distance = Integer.toUnsignedLong(back.number - front.number);
        int ends = (filled ? 1 : 0) - (back != front && back.item == CLOSED ? 1 : 0);
        return clamp(distance + ends - gaps, 0, Integer.MAX_VALUE);
      }
    }
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
    return new Walk();
  }

  private final class Walk extends Traversal<E> {
    private @Nullable Node next = firstNode();

    /** The last node with an element before {@code next}, to unlink what is between. */
    private @Nullable Node before;

    @Override
    @Nullable E step() {
      boolean gap = false;
      Node p = next;
      while (p != null) {
        Object item = p.item;
        Node after = p.next;
        if (item != null && !(item instanceof Mark)) {
          if (gap && before != null) {
            unlink(before, p);
          }
          gap = false;
          before = p;
          holder = p;
          next = after == p ? firstHint() : after;
          return cast(item);
        }
        if (after == p) {
          before = null;
          gap = false;
          p = firstHint();
        } else {
          // What was polled is not unlinked: the first goes over it.
          before = item == REMOVED ? before : null;
          gap = true;
          p = after;
        }
      }
      next = null;
      return null;
    }

    @Override
    boolean removeAt(@Nullable Object holder, long index, E element) {
      Node node = (Node) Objects.requireNonNull(holder);
      WITHDRAWN.getAndAdd(MpmcLinkedQueue.this, 1);
      if (ITEM.compareAndSet(node, element, (Object) REMOVED)) {
        return true;
      }
      WITHDRAWN.getAndAdd(MpmcLinkedQueue.this, -1);
      return false;
    }
  }

  /**
   * Lets {@code before} point past removed nodes to {@code to}, so that a queue whose first element
   * stays does not grow by elements that come and are removed: each walk unlinks what earlier ones
   * removed. Not if {@code before} was left meanwhile.
   */
  private static void unlink(Node before, Node to) {
    Node next = before.next;
    if (next != null && next != before && next != to) {
      NEXT.compareAndSet(before, next, to);
    }
  }

  @SuppressWarnings("unchecked")
  private E cast(Object element) {
    return (E) element;
  }
}
