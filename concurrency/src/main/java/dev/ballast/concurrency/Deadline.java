package dev.ballast.concurrency;

import java.time.Duration;

/**
 * Durations as nanoseconds that can be added to the clock: too long is a lifetime, negative is
 * none.
 */
final class Deadline {
  /** Some 73 years: two of them, and a moment of the clock, still have a sum. */
  private static final long LONGEST = Long.MAX_VALUE / 4;

  private Deadline() {}

  /** Returns the duration's nanoseconds, 0 to {@value #LONGEST}. */
  static long nanos(Duration limit) {
    if (limit.isNegative()) {
      return 0;
    }
    return limit.compareTo(Duration.ofNanos(LONGEST)) > 0 ? LONGEST : limit.toNanos();
  }

  /** Returns the moment of {@link System#nanoTime} that is so far away. */
  static long in(Duration limit) {
    return System.nanoTime() + nanos(limit);
  }

  /** Returns what is left until that moment, never less than nothing. */
  static Duration left(long deadline) {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }
}
