package dev.ballast.objects.api;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Bounds how often the API is asked: a store that goes wild must not take the cluster with it. */
final class RequestRate {
  private final long nanosPerRequest;
  private final long burstNanos;
  private final LongSupplier nanoTime;

  /** When the next request may go, if none was saved up. */
  private long next;

  RequestRate(int perSecond, int burst, LongSupplier nanoTime) {
    this.nanosPerRequest = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.burstNanos = nanosPerRequest * burst;
    this.nanoTime = nanoTime;
    this.next = nanoTime.getAsLong() - burstNanos;
  }

  /** Books a request, and returns how long it has to wait, in nanoseconds. */
  synchronized long book() {
    long now = nanoTime.getAsLong();
    next = Math.max(next, now - burstNanos) + nanosPerRequest;
    return Math.max(0, next - now);
  }

  /** Waits until a request may go. */
  void await() {
    long wait = book();
    if (wait > 0) {
      try {
        TimeUnit.NANOSECONDS.sleep(wait);
      } catch (InterruptedException _) {
        // The request itself notices.
        Thread.currentThread().interrupt();
      }
    }
  }
}
