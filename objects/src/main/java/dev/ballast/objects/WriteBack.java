package dev.ballast.objects;

import static java.lang.System.Logger.Level.WARNING;

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
 * Writes statuses and events to a store until they are there. Of one object the newest status
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

  /** Another writer was faster: it is done by now. */
  private static final Duration AFTER_CONFLICT = Duration.ofMillis(50);

  /** Events that cannot be written so often are given up: they are news, not state. */
  private static final int MOST_EVENT_TRIES = 10;

  /** Events that wait; more of them only wait when the store cannot be written for long. */
  private static final int MOST_EVENTS = 10_000;

  /** Statuses that are written at once: enough to share the cost, few enough to see progress. */
  private static final int BATCH = 1_000;

  private static final Duration LOSS_TOLD = Duration.ofMinutes(1);

  private final ObjectStore store;
  private final LongSupplier nanoTime;

  /** Held while something is written, so that writes of one object keep their order. */
  private final Object writing = new Object();

  private final Object lock = new Object();
  private final Map<ObjectKey, Pending> pending = new LinkedHashMap<>();
  private final Map<ObjectKey, Map<String, Object>> written = new HashMap<>();
  private final List<Event> events = new ArrayList<>();
  private int eventFailures;
  private long eventsDue;
  private String eventReason = "";
  private long lostEvents;
  private long lossTold;

  private sealed interface Write {
    record Status(Map<String, Object> status) implements Write {}

    record Removal() implements Write {}
  }

  private static final class Pending {
    private final ObjectKey key;
    private final Write write;
    private final Set<ObjectKey> after;
    private int failures;
    private long due;
    private String reason = "";

    Pending(ObjectKey key, Write write, Set<ObjectKey> after, long due) {
      this.key = key;
      this.write = write;
      this.after = after;
      this.due = due;
    }
  }

  /**
   * Writes to a store.
   *
   * @param nanoTime a monotonic clock
   */
  public WriteBack(ObjectStore store, LongSupplier nanoTime) {
    this.store = store;
    this.nanoTime = nanoTime;
    this.lossTold = nanoTime.getAsLong() - LOSS_TOLD.toNanos();
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
    put(key, new Write.Status(status), after);
  }

  /** Asks for the status of an object to be taken away. */
  public void remove(ObjectKey key) {
    put(key, new Write.Removal(), Set.of());
  }

  /** Asks for an event. */
  public void event(Event event) {
    synchronized (lock) {
      if (events.size() < MOST_EVENTS) {
        events.add(event);
        lock.notifyAll();
        return;
      }
      lostEvents++;
      long now = nanoTime.getAsLong();
      if (now - lossTold >= LOSS_TOLD.toNanos()) {
        lossTold = now;
        LOG.log(
            WARNING,
            "events cannot be written fast enough: "
                + lostEvents
                + " lost so far, the last: "
                + event.about()
                + " "
                + event.reason());
      }
    }
  }

  /** Returns how many events were lost, since they could not be written. */
  public long lostEvents() {
    synchronized (lock) {
      return lostEvents;
    }
  }

  private void put(ObjectKey key, Write write, Set<ObjectKey> after) {
    synchronized (lock) {
      Pending former = pending.get(key);
      if (former != null && former.write.equals(write)) {
        if (!former.after.equals(after)) {
          Pending next = new Pending(key, write, Set.copyOf(after), former.due);
          next.failures = former.failures;
          next.reason = former.reason;
          pending.put(key, next);
        }
        return;
      }
      pending.put(key, new Pending(key, write, Set.copyOf(after), nanoTime.getAsLong()));
      lock.notifyAll();
    }
  }

  /** Returns the objects whose status was written and not taken away since. */
  public Set<ObjectKey> written() {
    synchronized (lock) {
      return Set.copyOf(written.keySet());
    }
  }

  /** Forgets what was written: the store may have been replaced. */
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
        return eventFailures == 0 ? Optional.empty() : Optional.of(eventReason);
      }
      String more = failing.size() == 1 ? "" : " (and " + (failing.size() - 1) + " more)";
      return Optional.of(failing.getFirst().reason + more);
    }
  }

  /** Tries each write that is due once. */
  public void flush() {
    synchronized (writing) {
      // What waits for others may follow them at once; each goes into one batch at most.
      List<Pending> batch = due();
      while (!batch.isEmpty()) {
        attempt(batch);
        batch = due();
      }
      attemptEvents();
    }
  }

  /** The next writes that are due, wait for no other, and were not tried in this moment. */
  private List<Pending> due() {
    long now = nanoTime.getAsLong();
    List<Pending> due = new ArrayList<>();
    synchronized (lock) {
      for (Pending each : pending.values()) {
        if (each.due - now <= 0 && each.after.stream().noneMatch(pending::containsKey)) {
          due.add(each);
          if (due.size() == BATCH) {
            break;
          }
        }
      }
    }
    return due;
  }

  private void attempt(List<Pending> batch) {
    Map<ObjectKey, Map<String, Object>> statuses = new LinkedHashMap<>();
    Map<ObjectKey, WriteResult> results = new HashMap<>();
    for (Pending each : batch) {
      switch (each.write) {
        case Write.Status(Map<String, Object> status) -> statuses.put(each.key, status);
        case Write.Removal() -> results.put(each.key, removed(each.key));
      }
    }
    if (!statuses.isEmpty()) {
      results.putAll(written(statuses));
    }
    synchronized (lock) {
      for (Pending each : batch) {
        WriteResult result =
            results.getOrDefault(each.key, new WriteResult.Unreachable("the store said nothing"));
        settle(each, result);
      }
    }
  }

  private Map<ObjectKey, WriteResult> written(Map<ObjectKey, Map<String, Object>> statuses) {
    try {
      return store.updateStatuses(statuses);
    } catch (RuntimeException e) {
      // What nobody thought of must not end the writing of all others.
      Map<ObjectKey, WriteResult> failed = new HashMap<>();
      statuses.keySet().forEach(key -> failed.put(key, unexpected(e)));
      return failed;
    }
  }

  private WriteResult removed(ObjectKey key) {
    try {
      return store.removeStatus(key);
    } catch (RuntimeException e) {
      return unexpected(e);
    }
  }

  private static WriteResult unexpected(RuntimeException e) {
    return new WriteResult.Unreachable(String.valueOf(e.getMessage()));
  }

  private void settle(Pending tried, WriteResult result) {
    switch (result) {
      case WriteResult.Written _ -> {
        if (tried.write instanceof Write.Status(Map<String, Object> status)) {
          written.put(tried.key, status);
        } else {
          written.remove(tried.key);
        }
        // A newer one may have taken its place meanwhile.
        pending.remove(tried.key, tried);
      }
      case WriteResult.Gone _ -> {
        // Of an object that is not there, there is nothing to say.
        written.remove(tried.key);
        pending.remove(tried.key, tried);
      }
      case WriteResult.Conflict(String reason) -> failed(tried, reason, AFTER_CONFLICT);
      case WriteResult.Refused(String reason) -> failed(tried, reason, FIRST_RETRY);
      case WriteResult.Unreachable(String reason) -> failed(tried, reason, FIRST_RETRY);
    }
  }

  private void failed(Pending failing, String why, Duration first) {
    failing.failures++;
    String reason = "cannot write " + name(failing) + ": " + why;
    if (!reason.equals(failing.reason)) {
      LOG.log(WARNING, reason + "; it is tried again");
      failing.reason = reason;
    }
    failing.due = nanoTime.getAsLong() + backOff(failing.failures, first);
  }

  private static long backOff(int failures, Duration first) {
    return Math.min(first.toNanos() << Math.min(failures - 1, 16), LONGEST_RETRY.toNanos());
  }

  private static String name(Pending pending) {
    return switch (pending.write) {
      case Write.Status _ -> "the status of " + pending.key;
      case Write.Removal _ -> "that " + pending.key + " is gone";
    };
  }

  private void attemptEvents() {
    List<Event> batch;
    synchronized (lock) {
      if (events.isEmpty() || eventsDue - nanoTime.getAsLong() > 0 && eventFailures > 0) {
        return;
      }
      batch = List.copyOf(events.subList(0, Math.min(BATCH, events.size())));
    }
    WriteResult result;
    try {
      result = store.record(batch);
    } catch (RuntimeException e) {
      result = unexpected(e);
    }
    synchronized (lock) {
      if (result.isWritten()) {
        events.subList(0, batch.size()).clear();
        eventFailures = 0;
        return;
      }
      eventFailures++;
      String reason = "cannot write an event of " + batch.getFirst().about() + ": " + result.why();
      if (!reason.equals(eventReason)) {
        eventReason = reason;
        LOG.log(WARNING, reason + "; it is tried again");
      }
      if (eventFailures >= MOST_EVENT_TRIES) {
        LOG.log(WARNING, reason + "; given up after " + MOST_EVENT_TRIES + " times");
        events.subList(0, batch.size()).clear();
        lostEvents += batch.size();
        eventFailures = 0;
      }
      eventsDue = nanoTime.getAsLong() + backOff(Math.max(1, eventFailures), FIRST_RETRY);
    }
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
        if (!events.isEmpty()) {
          long eventWait = eventFailures == 0 ? 0 : eventsDue - now;
          wait = Math.min(wait, Math.max(0, eventWait));
        }
        if (wait > 0) {
          lock.wait(TimeUnit.NANOSECONDS.toMillis(wait) + 1);
        }
      }
    }
  }
}
