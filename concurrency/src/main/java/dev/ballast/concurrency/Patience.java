package dev.ballast.concurrency;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * How long an OS thread looks again and again before it parks. A partner on another processor
 * answers within a microsecond, and to be woken takes ten of them; where none does, the thread soon
 * stops looking, but for a try now and then. Belongs to one thread.
 */
final class Patience {
  private static final long MOST = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long LEAST = TimeUnit.MICROSECONDS.toNanos(10);
  private static final int PARKS_BETWEEN_TRIES = 64;
  private static final int LOOKS = 16;
  private static final boolean ALONE = Runtime.getRuntime().availableProcessors() == 1;

  private long patience = MOST;
  private int parks;

  /** Looks for a while; whether it came true. */
  boolean sees(BooleanSupplier condition) {
    if (ALONE || (patience == 0 && ++parks % PARKS_BETWEEN_TRIES != 0)) {
      return false;
    }
    // Who tries may have a partner that has to be woken first.
    long looked = patience == 0 ? MOST : patience;
    long begun = System.nanoTime();
    do {
      for (int i = 0; i < LOOKS; i++) {
        if (condition.getAsBoolean()) {
          patience = MOST;
          return true;
        }
        Thread.onSpinWait();
      }
    } while (System.nanoTime() - begun < looked);
    patience = patience == 0 || looked / 2 < LEAST ? 0 : looked / 2;
    return false;
  }
}
