package dev.ballast.lab.simulation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * A clock that moves from event to event, and the events. Everything happens on the thread that
 * runs it, and follows from the seed: a run that fails can be had again.
 */
public final class Simulation {
  /** More than any test means to do; reached by events that beget each other without time. */
  private static final long MOST_EVENTS = 50_000_000;

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final Random random;
  private final Instant epoch;
  private long now;
  private long created;
  private long happened;

  private record Event(long at, long order, Runnable body, Cancellation cancellation)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return at == other.at ? Long.compare(order, other.order) : Long.compare(at, other.at);
    }
  }

  /** Takes an event back. */
  public static final class Cancellation {
    private boolean cancelled;

    private Cancellation() {}

    /** From now on it does not happen. */
    public void cancel() {
      cancelled = true;
    }
  }

  public Simulation(long seed) {
    this(seed, Instant.parse("2026-01-01T00:00:00Z"));
  }

  /**
   * @param epoch what the wall clock says at the beginning
   */
  public Simulation(long seed, Instant epoch) {
    random = new Random(seed);
    this.epoch = epoch;
  }

  /** Nanoseconds since the beginning: the monotonic clock. */
  public long nanoTime() {
    return now;
  }

  /** The wall clock. */
  public InstantSource clock() {
    return () -> epoch.plusNanos(now);
  }

  /** The one source of chance. */
  public RandomGenerator random() {
    return random;
  }

  /** Lets something happen later; things of one moment happen in the order of their making. */
  public Cancellation after(Duration delay, Runnable body) {
    if (delay.isNegative()) {
      throw new IllegalArgumentException("delay=" + delay + " is in the past");
    }
    Cancellation cancellation = new Cancellation();
    events.add(new Event(now + delay.toNanos(), created++, body, cancellation));
    return cancellation;
  }

  /** Lets something happen again and again, the first time after one period. */
  public Cancellation every(Duration period, Runnable body) {
    Cancellation all = new Cancellation();
    repeat(period, body, all);
    return all;
  }

  private void repeat(Duration period, Runnable body, Cancellation all) {
    after(
        period,
        () -> {
          if (!all.cancelled) {
            body.run();
            repeat(period, body, all);
          }
        });
  }

  /** Lets time pass. */
  public void run(Duration time) {
    boolean _ = runUntil(() -> false, time);
  }

  /** Lets time pass until something holds after an event; false when the limit comes first. */
  public boolean runUntil(BooleanSupplier condition, Duration limit) {
    long end = now + limit.toNanos();
    if (condition.getAsBoolean()) {
      return true;
    }
    while (true) {
      Event next = events.peek();
      if (next == null || next.at > end) {
        now = end;
        return false;
      }
      events.remove();
      now = next.at;
      if (!next.cancellation.cancelled) {
        if (++happened > MOST_EVENTS) {
          throw new IllegalStateException("events=" + happened + " and no end; nanoTime=" + now);
        }
        next.body.run();
        if (condition.getAsBoolean()) {
          return true;
        }
      }
    }
  }
}
