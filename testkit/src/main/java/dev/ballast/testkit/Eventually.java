package dev.ballast.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for something to become true, with a bound that a busy machine keeps too. */
public final class Eventually {
  /** Enough for what takes a moment. */
  public static final Duration SOON = Duration.ofSeconds(30);

  private static final long PAUSE_MILLIS = 20;

  private Eventually() {}

  /**
   * Waits until a condition holds; an exception that it throws counts as no.
   *
   * @param what names the condition in the failure
   * @throws AssertionError when it does not hold in time, with the last exception as its cause
   */
  public static void holds(String what, Duration limit, Callable<Boolean> condition)
      throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    Throwable last = null;
    while (true) {
      try {
        if (condition.call()) {
          return;
        }
        last = null;
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception | AssertionError e) {
        last = e;
      }
      if (System.nanoTime() - end > 0) {
        throw new AssertionError(
            "not within " + limit + ": " + what + (last == null ? "" : ": " + last), last);
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
  }
}
