package dev.ballast.roles;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.ballast.roles.admin.AdminHandlers;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Runs roles in this process: starts them in order, stops them in the opposite one, and ends with
 * the first that crashes, so that whoever started the process can see it and start it again.
 * Threads: {@link #start} by one; the rest by any, {@link #close} also while it starts.
 */
public final class RoleProcess implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(RoleProcess.class.getName());

  private final List<Role> roles;
  private final ThreadFactory tasks;
  private final PrometheusRegistry metrics;
  private final AdminHandlers admin;
  private final Duration stopBound;
  private final List<Role> started = new ArrayList<>(); // Guarded by itself, as is the next.
  private boolean closed;
  private final AtomicReference<@Nullable Crash> crash = new AtomicReference<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Which role ended by itself, and why. */
  public record Crash(String role, Throwable cause) {}

  /**
   * @param stopBound how long one role may take to stop; after that the next is stopped all the
   *     same
   */
  public RoleProcess(
      List<Role> roles,
      ThreadFactory tasks,
      PrometheusRegistry metrics,
      AdminHandlers admin,
      Duration stopBound) {
    this.roles = List.copyOf(roles);
    this.tasks = tasks;
    this.metrics = metrics;
    this.admin = admin;
    this.stopBound = stopBound;
  }

  /**
   * Starts all; when one can not start, those before it are stopped again. A {@link #close}
   * meanwhile ends it: what has started by then is stopped, and the rest is not started.
   */
  public void start() throws Exception {
    for (Role role : roles) {
      synchronized (started) {
        if (closed) {
          return;
        }
      }
      try {
        role.start(new RoleContext(tasks, metrics, admin, cause -> crashed(role.name(), cause)));
      } catch (Exception e) {
        close();
        throw e;
      }
      boolean late;
      synchronized (started) {
        late = closed;
        if (!late) {
          started.add(role);
        }
      }
      if (late) {
        stop(role);
        return;
      }
      LOG.log(INFO, "role started: role={0}", role.name());
    }
  }

  private void crashed(String role, Throwable cause) {
    if (crash.compareAndSet(null, new Crash(role, cause))) {
      LOG.log(ERROR, "role crashed: role=" + role, cause);
      ended.countDown();
    }
  }

  /** Waits until a role crashes, or for ever. */
  public Crash awaitCrash() throws InterruptedException {
    ended.await();
    return Objects.requireNonNull(crash.get());
  }

  /** The checks of every role, the process's own first. */
  public List<HealthCheck> health() {
    List<HealthCheck> checks = new ArrayList<>();
    Crash seen = crash.get();
    checks.add(
        seen == null
            ? HealthCheck.well("roles", HealthCheck.Scope.LIVE, "no role has crashed")
            : HealthCheck.unwell(
                "roles",
                HealthCheck.Scope.LIVE,
                "role " + seen.role() + " crashed: " + seen.cause()));
    for (Role role : roles) {
      for (HealthCheck check : role.health()) {
        checks.add(
            new HealthCheck(
                role.name() + "/" + check.name(), check.scope(), check.well(), check.reason()));
      }
    }
    return checks;
  }

  /**
   * Stops all, each within the bound, also when the caller is interrupted. A repeat is harmless.
   */
  @Override
  public void close() {
    List<Role> stopping;
    synchronized (started) {
      closed = true;
      stopping = List.copyOf(started.reversed());
      started.clear();
    }
    stopping.forEach(this::stop);
  }

  private void stop(Role role) {
    CountDownLatch stopped = new CountDownLatch(1);
    Thread stopper =
        tasks.newThread(() -> {
          try {
            role.close();
          } catch (Exception e) {
            LOG.log(WARNING, "role stopped with an error: role=" + role.name(), e);
          } finally {
            stopped.countDown();
          }
        });
    stopper.setName("stop-" + role.name());
    stopper.start();
    if (!awaited(stopped)) {
      LOG.log(WARNING, "role did not stop in time: role={0} bound={1}", role.name(), stopBound);
      stopper.interrupt();
    }
  }

  private boolean awaited(CountDownLatch stopped) {
    long until = System.nanoTime() + stopBound.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return stopped.await(until - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
          interrupted = true; // The bound is short, and a role that is left half stopped is worse.
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
