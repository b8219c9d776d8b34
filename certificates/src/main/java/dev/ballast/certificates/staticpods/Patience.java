package dev.ballast.certificates.staticpods;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/** Waits for things to become so, with a bound. */
public final class Patience {
  /** Lets time pass; a test's lets it pass at once. */
  public interface Sleep {
    void sleep(Duration time) throws InterruptedException;
  }

  private final InstantSource clock;
  private final Sleep sleep;
  private final Duration interval;

  /**
   * @param interval how often to look
   */
  public Patience(InstantSource clock, Sleep sleep, Duration interval) {
    this.clock = clock;
    this.sleep = sleep;
    this.interval = interval;
  }

  public static Patience ofThisMachine() {
    return new Patience(InstantSource.system(), Thread::sleep, Duration.ofMillis(200));
  }

  public Instant now() {
    return clock.instant();
  }

  /** Whether the condition became true within the limit; it is looked at least once. */
  public boolean until(Duration limit, BooleanSupplier condition) {
    var end = clock.instant().plus(limit);
    while (!condition.getAsBoolean()) {
      if (!clock.instant().isBefore(end) || !pass(interval)) {
        return false;
      }
    }
    return true;
  }

  /** Lets the time pass; false when interrupted. */
  boolean pass(Duration time) {
    try {
      sleep.sleep(time);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
