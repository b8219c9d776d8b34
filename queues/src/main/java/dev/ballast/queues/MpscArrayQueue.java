package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue for many producers and one consumer, in an array, without allocation.
 *
 * <p>An empty cell holds a token of the round (the number of times the ring went round) for which
 * it is empty. A producer replaces the token by its element in one step; before that step nobody
 * depends on it, and after it the offer is complete. The number of the first empty cell is only a
 * hint, which everybody corrects by looking at cells.
 *
 * <ul>
 *   <li>Progress: lock-free; the consumer's calls are wait-free.
 *   <li>Who may call: producers everybody; the consumer's calls (with {@code remove(Object)} and
 *       removing iterators) one thread at a time.
 *   <li>Full and empty: exact. The room of an element that was removed from the middle is free when
 *       all before it are gone.
 *   <li>Closing: an offer that overlaps with {@link #close} may still be delivered after the
 *       consumer saw the queue closed and empty.
 *   <li>Memory: 4 bytes per cell (compressed references), the next power of two of the capacity;
 *       one token of 24 bytes per round, nothing per element.
 * </ul>
 *
 * <p>Source: ours, after Tsigas and Zhang (SPAA 2001) and Colvin and Groves (2005), with the
 * tokens' identity in place of their counted nulls.
 *
 * @param <E> the elements
 */
public final class MpscArrayQueue<E> extends ArrayQueue<E> {
  private static final Object REMOVED = new Object();

  private static final VarHandle TAIL;
  private static final VarHandle LIMIT;
  private static final VarHandle HEAD;

  static {
    try {
      var lookup = MethodHandles.lookup();
      TAIL = lookup.findVarHandle(Layout.IndexTail.class, "tail", long.class);
      LIMIT = lookup.findVarHandle(Layout.IndexTail.class, "tailLimit", long.class);
      HEAD = lookup.findVarHandle(Layout.IndexHead.class, "head", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** In every empty cell of a round. */
  private static final class Empty {
    final long round;

    /** The consumer's: that of the round after it, once it is needed. */
    @Nullable Empty next;

    Empty(long round) {
      this.round = round;
    }
  }

  private final @Nullable Object[] cells;
  private final int shift;

  MpscArrayQueue(int capacity) {
    super(capacity);
    cells = new Object[mask + 1];
    shift = Integer.numberOfTrailingZeros(cells.length);
    Empty first = new Empty(0);
    Arrays.fill(cells, first);
    emptyNow = first;
    emptyNext = new Empty(1);
    tailLimit = capacity;
  }

  @Override
  public boolean offer(E element) {
    Objects.requireNonNull(element, "element");
    if (closed) {
      return false;
    }
    long t = (long) TAIL.getAcquire(this);
    // All cells below this are known to have been emptied once more.
    long limit = (long) LIMIT.getOpaque(this);
    @Nullable Object[] array = cells;
    while (true) {
      if (t >= limit && capacity <= mask) {
        limit = refreshLimit();
        if (t >= limit) {
          return false;
        }
      }
      // Not the mask: the compiler sees that this is in bounds.
      int i = (int) t & (array.length - 1);
      Object v = Cells.acquire(array, i);
      if (v instanceof Empty empty) {
        if (empty.round == t >>> shift && Cells.cas(array, i, empty, element)) {
          if ((long) TAIL.getOpaque(this) <= t) {
            TAIL.setRelease(this, t + 1);
          }
          return true;
        }
        // Another producer was faster, or this thread slept for a round.
        t = empty.round == t >>> shift ? t + 1 : Math.max(t + 1, (long) HEAD.getAcquire(this));
      } else if (t < limit) {
        t++;
      } else {
        // An element of this round, or one of the round before that the consumer has not taken.
        limit = refreshLimit();
        if (t >= limit) {
          return false;
        }
      }
    }
  }

  private long refreshLimit() {
    long limit = (long) HEAD.getAcquire(this) + capacity;
    LIMIT.setOpaque(this, limit);
    return limit;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // this round's token
  public @Nullable E poll() {
    long h = (long) HEAD.get(this);
    int i = (int) h & mask;
    Object v = Cells.acquire(cells, i);
    if (v == emptyNow) {
      return null;
    }
    if (withdrawn > 0) {
      prepareToken();
      pass(h);
      passRemoved();
    } else {
      pass(h);
    }
    return cast(Objects.requireNonNull(v));
  }

  private void pass(long h) {
    int i = (int) h & mask;
    if (i == mask) {
      passLast(h);
      return;
    }
    Cells.release(cells, i, emptyNext);
    HEAD.setRelease(this, h + 1);
  }

  private void passLast(long h) {
    Empty next = prepareToken();
    Empty token = token();
    Cells.release(cells, mask, token);
    HEAD.setRelease(this, h + 1);
    emptyNow = token;
    emptyNext = next;
    // A producer that sleeps with an old token must not keep all later ones alive.
    token.next = null;
  }

  /**
   * Makes the token of the round to come, which is done before anything is taken: where memory has
   * run out, the queue stays as it was.
   */
  private Empty prepareToken() {
    Empty token = token();
    Empty next = token.next;
    if (next == null) {
      next = new Empty(token.round + 1);
      token.next = next;
    }
    return next;
  }

  private Empty token() {
    return (Empty) Objects.requireNonNull(emptyNext);
  }

  /** Keeps the head off removed elements, so that they hold no room; by the consumer. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the consumer
  private void passRemoved() {
    for (long h = (long) HEAD.get(this); cells[(int) h & mask] == REMOVED; h++) {
      withdrawn--;
      pass(h);
    }
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // this round's token
  public @Nullable E peek() {
    Object v = Cells.acquire(cells, (int) (long) HEAD.get(this) & mask);
    return v == emptyNow ? null : cast(Objects.requireNonNull(v));
  }

  /** The tail is never beyond the first empty cell. */
  @Override
  long end(long start) {
    long t = Math.max(tail, start);
    while (t < start + capacity && !(Cells.acquire(cells, (int) t & mask) instanceof Empty)) {
      t++;
    }
    return t;
  }

  @Override
  public boolean isEmpty() {
    while (true) {
      long h = head;
      long n = h;
      while (n - h <= mask && isPassed(n)) {
        n++;
      }
      boolean empty = n - h > mask || Cells.acquire(cells, (int) n & mask) instanceof Empty;
      if (head == h) {
        return empty;
      }
    }
  }

  /** Whether the cell's element is gone, of a number that the head has not left. */
  private boolean isPassed(long n) {
    Object v = Cells.acquire(cells, (int) n & mask);
    return v == REMOVED || (v instanceof Empty empty && empty.round > n >>> shift);
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
        long h = head;
        if (at < h) {
          at = h;
          continue;
        }
        Object v = Cells.acquire(cells, (int) at++ & mask);
        if (head >= at) {
          continue;
        }
        if (v == null || v instanceof Empty) {
          return null;
        }
        if (v != REMOVED) {
          index = at - 1;
          return cast(v);
        }
      }
      return null;
    }

    @Override
    @SuppressWarnings({"NonAtomicVolatileUpdate", "ReferenceEquality"}) // one consumer; its cell
    boolean removeAt(@Nullable Object holder, long index, E element) {
      int i = (int) index & mask;
      if (index < (long) HEAD.get(MpscArrayQueue.this) || cells[i] != element) {
        return false;
      }
      // Fewer cells than one round has are passed now, so one is enough.
      prepareToken();
      withdrawn++;
      Cells.release(cells, i, REMOVED);
      passRemoved();
      return true;
    }
  }
}
