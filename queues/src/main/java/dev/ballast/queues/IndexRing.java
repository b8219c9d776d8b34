package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A lock-free FIFO of small numbers in a {@code long[]}, for at most half as many numbers as it has
 * entries; entering always succeeds. An entry holds the round it was last used in, whether it is
 * safe for a producer that comes late, and a number (or that it is empty).
 *
 * <p>Source: SCQ (Nikolaev, DISC 2019).
 */
final class IndexRing extends Layout.Counted {
  static final int NONE = -1;

  private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle TAIL;
  private static final VarHandle HEAD;
  private static final VarHandle THRESHOLD;

  static {
    try {
      var lookup = MethodHandles.lookup();
      TAIL = lookup.findVarHandle(Layout.CountTail.class, "enters", long.class);
      HEAD = lookup.findVarHandle(Layout.CountHead.class, "leaves", long.class);
      THRESHOLD = lookup.findVarHandle(IndexRing.class, "threshold", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long[] entries;
  private final int mask;
  private final int bits;
  private final long empty;
  private final int spins;
  private final long patience;

  /** How many failures leavers may still have before they may say that there is nothing. */
  private volatile long threshold;

  /** For numbers below {@code size}, a power of two; the first {@code filled} are inside. */
  IndexRing(int size, int filled, int spins) {
    entries = new long[size * 2];
    mask = entries.length - 1;
    bits = Integer.numberOfTrailingZeros(entries.length);
    empty = mask;
    this.spins = spins;
    patience = 3L * size - 1;
    for (int i = 0; i < entries.length; i++) {
      entries[i] = entry(0, true, empty);
    }
    for (int i = 0; i < filled; i++) {
      entries[place(entries.length + i)] = entry(1, true, i);
    }
    HEAD.setRelease(this, (long) entries.length);
    TAIL.setRelease(this, (long) entries.length + filled);
    threshold = filled == 0 ? -1 : patience;
  }

  private long entry(long cycle, boolean safe, long index) {
    return cycle << (bits + 1) | (safe ? 1L << bits : 0) | index;
  }

  private long cycle(long ticketOrEntry, int shift) {
    return ticketOrEntry >>> shift;
  }

  private boolean isSafe(long entry) {
    return (entry & 1L << bits) != 0;
  }

  /**
   * Neighbouring tickets in different cache lines, eight entries apart, where the ring is large.
   */
  private int place(long ticket) {
    int i = (int) ticket & mask;
    return bits < 6 ? i : (i << 3 | i >>> (bits - 3)) & mask;
  }

  void enter(int index) {
    while (true) {
      long t = (long) TAIL.getAndAdd(this, 1L);
      int j = place(t);
      long cycle = cycle(t, bits);
      long e = (long) ENTRY.getAcquire(entries, j);
      while (cycle(e, bits + 1) < cycle
          && (e & empty) == empty
          && (isSafe(e) || (long) HEAD.getVolatile(this) <= t)) {
        long witness =
            (long) ENTRY.compareAndExchange(entries, j, e, entry(cycle, true, (long) index));
        if (witness == e) {
          if (threshold != patience) {
            threshold = patience;
          }
          return;
        }
        e = witness;
      }
    }
  }

  /** Takes the oldest number, or {@link #NONE}. */
  int leave() {
    if (threshold < 0) {
      return NONE;
    }
    while (true) {
      long h = (long) HEAD.getAndAdd(this, 1L);
      int j = place(h);
      long cycle = cycle(h, bits);
      int spin = spins;
      while (true) {
        long e = (long) ENTRY.getVolatile(entries, j);
        long used = cycle(e, bits + 1);
        if (used == cycle) {
          if ((e & empty) == empty) {
            break; // a peek went over this ticket
          }
          long before = (long) ENTRY.getAndBitwiseOr(entries, j, empty);
          return (int) (before & empty);
        }
        if (used > cycle) {
          break;
        }
        if (spin > 0 && (e & empty) == empty && (long) TAIL.getAcquire(this) > h) {
          spin--;
          Thread.onSpinWait();
          continue;
        }
        long passed = (e & empty) == empty ? entry(cycle, isSafe(e), empty) : e & ~(1L << bits);
        if (passed == e || ENTRY.compareAndSet(entries, j, e, passed)) {
          break;
        }
      }
      long t = (long) TAIL.getVolatile(this);
      if (t <= h + 1) {
        catchUp(t, h + 1);
        THRESHOLD.getAndAdd(this, -1L);
        return NONE;
      }
      if ((long) THRESHOLD.getAndAdd(this, -1L) <= 0) {
        return NONE;
      }
    }
  }

  private void catchUp(long tail, long head) {
    long t = tail;
    long h = head;
    while (t < h && !TAIL.compareAndSet(this, t, h)) {
      h = (long) HEAD.getVolatile(this);
      t = (long) TAIL.getVolatile(this);
    }
  }

  /** The ticket of the oldest number, or -1; passes over tickets whose owner has not come. */
  long first() {
    while (threshold >= 0) {
      long h = leaves;
      long t = enters;
      if (t <= h) {
        return -1;
      }
      int j = place(h);
      long cycle = cycle(h, bits);
      long e = (long) ENTRY.getVolatile(entries, j);
      if (cycle(e, bits + 1) == cycle && (e & empty) != empty) {
        return h;
      }
      if (cycle(e, bits + 1) >= cycle
          || ENTRY.compareAndSet(
              entries,
              j,
              e,
              (e & empty) == empty ? entry(cycle, isSafe(e), empty) : e & ~(1L << bits))) {
        HEAD.compareAndSet(this, h, h + 1);
      }
    }
    return -1;
  }

  /** Takes the number of a ticket that was seen inside, if it is still the oldest. */
  boolean leave(long ticket) {
    if (!HEAD.compareAndSet(this, ticket, ticket + 1)) {
      return false;
    }
    ENTRY.getAndBitwiseOr(entries, place(ticket), empty);
    return true;
  }

  long head() {
    return leaves;
  }

  long tail() {
    return enters;
  }

  /** The number that entered with this ticket and has not left, or {@link #NONE}. */
  int at(long ticket) {
    long e = (long) ENTRY.getVolatile(entries, place(ticket));
    boolean inside = cycle(e, bits + 1) == cycle(ticket, bits) && (e & empty) != empty;
    return inside ? (int) (e & empty) : NONE;
  }
}
