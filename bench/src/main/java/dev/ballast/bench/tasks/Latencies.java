package dev.ballast.bench.tasks;

import java.util.Arrays;

/** Nanoseconds that single operations took; for one thread. */
final class Latencies {
  private final long[] values;
  private int count;

  Latencies(int capacity) {
    values = new long[capacity];
  }

  void add(long nanoseconds) {
    if (count < values.length) {
      values[count++] = nanoseconds;
    }
  }

  boolean full() {
    return count == values.length;
  }

  int count() {
    return count;
  }

  /** The smallest value that so many in a hundred do not exceed; not a number without values. */
  double percentile(int percent) {
    if (count == 0) {
      return Double.NaN;
    }
    long[] sorted = Arrays.copyOf(values, count);
    Arrays.sort(sorted);
    return sorted[(int) Math.min(count - 1L, (long) count * percent / 100)];
  }
}
