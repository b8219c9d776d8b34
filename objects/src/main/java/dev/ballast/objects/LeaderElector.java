package dev.ballast.objects;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Sees to it that one of several processes leads, by a {@link Lease} that each tries to hold. The
 * holder's clock does not matter: a lease has run out when it has not been seen to change for as
 * long as it lasts. A leader that cannot renew stops leading before another can begin.
 */
public final class LeaderElector {
  private static final System.Logger LOG = System.getLogger(LeaderElector.class.getName());

  /**
   * How long things take.
   *
   * @param lease after so much silence of the leader another takes over
   * @param renewal a leader that could not renew for so long stops leading; less than the lease
   * @param retry how often the lease is looked at
   */
  public record Timing(Duration lease, Duration renewal, Duration retry) {
    /** The ones that Kubernetes' own controllers use. */
    public static final Timing USUAL =
        new Timing(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));

    public Timing {
      if (renewal.compareTo(lease) >= 0 || retry.compareTo(renewal) >= 0) {
        throw new IllegalArgumentException("retry < renewal < lease is needed");
      }
    }
  }

  private final ObjectStore store;
  private final ObjectKey key;
  private final String identity;
  private final Timing timing;
  private final InstantSource clock;
  private final LongSupplier nanoTime;

  private Optional<Lease> seen = Optional.empty();
  private long seenAt;
  private long renewedAt;
  private volatile boolean leading;
  private volatile String problem = "";

  /**
   * Makes an elector, which does nothing until it runs.
   *
   * @param identity tells this process from all others, also from itself after a restart
   * @param nanoTime a monotonic clock
   */
  public LeaderElector(
      ObjectStore store,
      String namespace,
      String name,
      String identity,
      Timing timing,
      InstantSource clock,
      LongSupplier nanoTime) {
    if (identity.isEmpty()) {
      throw new IllegalArgumentException("identity is empty");
    }
    this.store = store;
    this.key = Lease.KIND.key(namespace, name);
    this.identity = identity;
    this.timing = timing;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /** Returns whether this process leads; false also when its lease may have run out meanwhile. */
  public boolean isLeading() {
    return leading && nanoTime.getAsLong() - lastRenewal() < timing.lease.toNanos();
  }

  private synchronized long lastRenewal() {
    return renewedAt;
  }

  /** Returns who leads, as far as it was seen; empty when nobody does. */
  public synchronized Optional<String> leader() {
    return seen.map(Lease::holder).filter(holder -> !holder.isEmpty());
  }

  /** Returns why the lease could not be read or written last; empty when it could. */
  public String problem() {
    return problem;
  }

  /**
   * Tries to hold the lease until the thread is interrupted, and then gives it back.
   *
   * @param changed called with true when this process begins to lead, with false when it ends
   */
  public void run(Consumer<Boolean> changed) throws InterruptedException {
    try {
      while (true) {
        boolean before = leading;
        step();
        if (leading != before) {
          LOG.log(INFO, (leading ? "leading: " : "not leading any more: ") + key);
          changed.accept(leading);
        }
        // A part at random, so that those who wait do not all come at once.
        long jitter = (long) (timing.retry.toNanos() * 0.2 * Math.random());
        TimeUnit.NANOSECONDS.sleep(timing.retry.toNanos() + jitter);
      }
    } finally {
      if (leading) {
        leading = false;
        changed.accept(false);
        release();
      }
    }
  }

  /** Looks at the lease once, and renews or takes it if it can. */
  public synchronized void step() {
    long began = nanoTime.getAsLong();
    try {
      Optional<Manifest> stored = store.get(key);
      if (stored.isEmpty()) {
        settle(store.create(manifest(Manifest.of(key, Lease.KIND), 0, Optional.empty())), began);
        return;
      }
      Lease now = Lease.KIND.read(stored.get());
      observe(now);
      boolean mine = now.holder().equals(identity);
      if (!mine && !now.holder().isEmpty() && !hasRunOut(now, began)) {
        problem = "";
        leading = false;
        return;
      }
      int transitions = now.transitions() + (mine ? 0 : 1);
      settle(
          store.update(
              manifest(stored.get(), transitions, mine ? now.acquired() : Optional.empty())),
          began);
    } catch (IOException | IllegalArgumentException e) {
      failed(String.valueOf(e.getMessage()), began);
    }
  }

  private void observe(Lease now) {
    boolean same =
        seen.isPresent()
            && seen.get().holder().equals(now.holder())
            && seen.get().renewed().equals(now.renewed());
    if (!same) {
      seen = Optional.of(now);
      seenAt = nanoTime.getAsLong();
    }
  }

  private boolean hasRunOut(Lease lease, long now) {
    Duration lasts = lease.duration().isZero() ? timing.lease : lease.duration();
    return now - seenAt >= lasts.toNanos();
  }

  private Manifest manifest(Manifest lease, int transitions, Optional<Instant> acquired) {
    Instant now = clock.instant();
    Lease next =
        new Lease(
            Metadata.of(key.namespace(), key.name()),
            identity,
            timing.lease,
            Optional.of(acquired.orElse(now)),
            Optional.of(now),
            transitions);
    return lease.with("spec", next.spec());
  }

  private void settle(WriteResult result, long began) {
    switch (result) {
      case WriteResult.Written(Optional<Manifest> object) -> {
        object.map(Lease.KIND::read).ifPresent(this::observe);
        // From before the write: it took effect later at the earliest.
        renewedAt = began;
        leading = true;
        problem = "";
      }
      case WriteResult.Conflict _ -> {
        // Another one got it, or the answer to our own write was lost; the next look will tell.
        problem = "";
        expire(began);
      }
      case WriteResult.Gone(String reason) -> failed(reason, began);
      case WriteResult.Refused(String reason) -> failed(reason, began);
      case WriteResult.Unreachable(String reason) -> failed(reason, began);
    }
  }

  private void failed(String reason, long now) {
    if (!reason.equals(problem)) {
      LOG.log(WARNING, "cannot hold " + key + ": " + reason + "; it is tried again");
    }
    problem = reason;
    expire(now);
  }

  private void expire(long now) {
    if (leading && now - renewedAt >= timing.renewal.toNanos()) {
      leading = false;
    }
  }

  /** Lets another one lead at once. */
  private synchronized void release() {
    try {
      Optional<Manifest> stored = store.get(key);
      if (stored.isPresent() && Lease.KIND.read(stored.get()).holder().equals(identity)) {
        Lease free =
            new Lease(
                Metadata.of(key.namespace(), key.name()),
                "",
                Duration.ofSeconds(1),
                Optional.empty(),
                Optional.of(clock.instant()),
                Lease.KIND.read(stored.get()).transitions());
        WriteResult result = store.update(stored.get().with("spec", free.spec()));
        if (!result.isWritten()) {
          LOG.log(WARNING, "cannot give back " + key + ": " + result.why());
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.log(WARNING, "cannot give back " + key + ": " + e.getMessage());
    }
  }
}
