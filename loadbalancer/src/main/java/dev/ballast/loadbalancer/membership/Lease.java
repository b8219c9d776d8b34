package dev.ballast.loadbalancer.membership;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A speaker's permission to answer, which runs out by itself when the process does not get to run:
 * who was stopped and resumed finds it expired before it answers anything stale. Asked at each
 * answer, from any thread; times are nanoseconds of one monotonic clock.
 */
public final class Lease {
  private static final long NONE = Long.MIN_VALUE;

  private final long length;
  private final AtomicLong renewed = new AtomicLong(NONE);

  Lease(Timing timing) {
    length = timing.lease().toNanos();
  }

  /** Whether an answer may be sent now. */
  public boolean valid(long now) {
    long last = renewed.get();
    return last != NONE && now - last < length;
  }

  /** Prolongs a valid lease, or says that it has run out, which only {@link #grant} can change. */
  boolean renew(long now) {
    long last = renewed.get();
    if (last == NONE || now - last >= length) {
      renewed.set(NONE);
      return false;
    }
    renewed.set(now);
    return true;
  }

  void grant(long now) {
    renewed.set(now);
  }

  void end() {
    renewed.set(NONE);
  }
}
