package dev.ballast.objects;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Writes statuses and events to a home until they are there. Of one object the newest status
 * counts; a write that fails is tried again with back-off until a newer one takes its place; an
 * object whose writes fail does not hold up the others.
 *
 * <p>Any thread may ask for writes. {@link #flush} tries what is due in the calling thread, {@link
 * #run} retries the rest in a thread of its own.
 */
public final class WriteBack {
  private static final System.Logger LOG = System.getLogger(WriteBack.class.getName());
  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

  /** Events that cannot be written so often are given up: they are news, not state. */
  private static final int MOST_EVENT_TRIES = 10;

  /** Events that wait; more of them only wait when the home cannot be written for long. */
  private static final int MOST_EVENTS = 10_000;

  private final ObjectStore home;
  private final LongSupplier nanoTime;

  /** Held while something is written, so that writes of one object keep their order. */
  private final Object writing = new Object();

  private final Object lock = new Object();
  private final Map<Object, Pending> pending = new LinkedHashMap<>();
  private final Map<ObjectKey, Map<String, Object>> written = new HashMap<>();
  private long events;
  private long lostEvents;

  private sealed interface Write {
    record Status(ObjectKey key, Map<String, Object> status) implements Write {}

    record Removal(ObjectKey key) implements Write {}

    record News(Event event) implements Write {}
  }

  private static final class Pending {
    private final Write write;
    private final Set<ObjectKey> after;
    private int failures;
    private long due;
    private String reason = "";

    Pending(Write write, Set<ObjectKey> after, long due) {
      this.write = write;
      this.after = after;
      this.due = due;
    }
  }

  /**
   * Writes to a home.
   *
   * @param nanoTime a monotonic clock
   */
  public WriteBack(ObjectStore home, LongSupplier nanoTime) {
    this.home = home;
    this.nanoTime = nanoTime;
  }

  /** Asks for a status, unless it is the one that was last written. */
  public void status(ObjectKey key, Map<String, Object> status) {
    synchronized (lock) {
      if (!pending.containsKey(key) && status.equals(written.get(key))) {
        return;
      }
    }
    statusAfter(key, status, Set.of());
  }

  /**
   * Asks for a status, also when it is the one that was last written: the object does not show it.
   *
   * @param after objects whose writes must have succeeded first
   */
  public void statusAfter(ObjectKey key, Map<String, Object> status, Set<ObjectKey> after) {
    put(key, new Write.Status(key, status), after);
  }

  /** Asks for the status of an object to be taken away. */
  public void remove(ObjectKey key) {
    put(key, new Write.Removal(key), Set.of());
  }

  /** Asks for an event. */
  public void event(Event event) {
    synchronized (lock) {
      long waiting = pending.keySet().stream().filter(Long.class::isInstance).count();
      if (waiting >= MOST_EVENTS) {
        lostEvents++;
        if (lostEvents == 1) {
          LOG.log(WARNING, "events cannot be written fast enough; the newest are lost");
        }
        return;
      }
      put(events++, new Write.News(event), Set.of());
    }
  }

  private void put(Object key, Write write, Set<ObjectKey> after) {
    synchronized (lock) {
      Pending former = pending.get(key);
      if (former != null && former.write.equals(write)) {
        return;
      }
      pending.put(key, new Pending(write, Set.copyOf(after), nanoTime.getAsLong()));
      lock.notifyAll();
    }
  }

  /** Returns the objects whose status was written and not taken away since. */
  public Set<ObjectKey> written() {
    synchronized (lock) {
      return Set.copyOf(written.keySet());
    }
  }

  /** Forgets what was written: the home may have been replaced. */
  public void forget() {
    synchronized (lock) {
      written.clear();
    }
  }

  /** Returns what cannot be written, and why; empty when the last try of everything succeeded. */
  public Optional<String> failing() {
    synchronized (lock) {
      List<Pending> failing = pending.values().stream().filter(each -> each.failures > 0).toList();
      if (failing.isEmpty()) {
        return Optional.empty();
      }
      String more = failing.size() == 1 ? "" : " (and " + (failing.size() - 1) + " more)";
      return Optional.of(failing.getFirst().reason + more);
    }
  }

  /** Tries each write that is due once. */
  public void flush() {
    for (Object key : due()) {
      synchronized (writing) {
        attempt(key);
      }
    }
  }

  private List<Object> due() {
    long now = nanoTime.getAsLong();
    List<Object> due = new ArrayList<>();
    synchronized (lock) {
      pending.forEach((key, each) -> {
        if (each.due - now <= 0) {
          due.add(key);
        }
      });
    }
    return due;
  }

  private void attempt(Object key) {
    Pending next;
    synchronized (lock) {
      next = pending.get(key);
      if (next == null
          || next.due - nanoTime.getAsLong() > 0
          || next.after.stream().anyMatch(pending::containsKey)) {
        return;
      }
    }
    Optional<String> failure = Optional.empty();
    try {
      write(next.write);
    } catch (IOException | RuntimeException e) {
      failure = Optional.of("cannot write " + name(next.write) + ": " + e.getMessage());
    }
    synchronized (lock) {
      if (failure.isEmpty()) {
        wrote(next.write);
        // A newer one may have taken its place meanwhile.
        pending.remove(key, next);
      } else {
        failed(key, next, failure.get());
      }
    }
  }

  private void write(Write write) throws IOException {
    switch (write) {
      case Write.Status(ObjectKey key, Map<String, Object> status) ->
          home.updateStatus(key, status);
      case Write.Removal(ObjectKey key) -> home.removeStatus(key);
      case Write.News(Event event) -> home.record(event);
    }
  }

  private void wrote(Write write) {
    switch (write) {
      case Write.Status(ObjectKey key, Map<String, Object> status) -> written.put(key, status);
      case Write.Removal(ObjectKey key) -> written.remove(key);
      case Write.News _ -> {}
    }
  }

  private void failed(Object key, Pending failing, String reason) {
    failing.failures++;
    if (!reason.equals(failing.reason)) {
      LOG.log(WARNING, reason + "; it is tried again");
      failing.reason = reason;
    }
    if (failing.write instanceof Write.News && failing.failures >= MOST_EVENT_TRIES) {
      LOG.log(WARNING, reason + "; given up after " + MOST_EVENT_TRIES + " times");
      pending.remove(key, failing);
      return;
    }
    long wait = FIRST_RETRY.toNanos() << Math.min(failing.failures - 1, 16);
    failing.due = nanoTime.getAsLong() + Math.min(wait, LONGEST_RETRY.toNanos());
  }

  private static String name(Write write) {
    return switch (write) {
      case Write.Status(ObjectKey key, _) -> "the status of " + key;
      case Write.Removal(ObjectKey key) -> "that " + key + " is gone";
      case Write.News(Event event) -> "an event of " + event.about();
    };
  }

  /** Retries what failed, and writes what is asked for, until the thread is interrupted. */
  public void run() throws InterruptedException {
    while (true) {
      flush();
      synchronized (lock) {
        long now = nanoTime.getAsLong();
        long wait =
            pending.values().stream()
                .mapToLong(each -> Math.max(each.due - now, FIRST_RETRY.toNanos() / 10))
                .min()
                .orElse(LONGEST_RETRY.toNanos());
        lock.wait(TimeUnit.NANOSECONDS.toMillis(wait) + 1);
      }
    }
  }
}
