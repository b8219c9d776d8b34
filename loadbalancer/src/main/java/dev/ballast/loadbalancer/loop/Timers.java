package dev.ballast.loadbalancer.loop;

import java.time.Duration;

/** A monotonic clock, and what happens later on it; all on one thread. */
public interface Timers {
  /** Takes a timer back. */
  interface Cancellation {
    void cancel();
  }

  /** Returns the nanoseconds since some moment. */
  long nanoTime();

  /** Lets something happen later, never within the call. */
  Cancellation after(Duration delay, Runnable body);
}
