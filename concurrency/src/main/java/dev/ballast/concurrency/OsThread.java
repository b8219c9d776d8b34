package dev.ballast.concurrency;

import dev.ballast.queues.ConcurrentQueue;
import dev.ballast.queues.Queues;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * An OS thread for as many tasks as one likes, which take turns on it and run nowhere else: for
 * libraries that want all their calls from one thread, and for code in a network namespace. It
 * starts clean (from the template thread) and ends with {@link #close}; a task that locks it and
 * ends leaves it to the others. All methods may be called by any thread.
 */
public final class OsThread implements AutoCloseable {
  private final Scheduler scheduler;
  private final Home home;
  private final StartFailures failures;
  private final AtomicInteger residents = new AtomicInteger();

  OsThread(Scheduler scheduler, String name) {
    this.scheduler = scheduler;
    this.home = new Home(name, scheduler.isNative());
    this.failures = new StartFailures(scheduler.name());
    ThreadStarts.ensure();
    TemplateThread.startUntilItRuns(failures, () -> !home.over || residents.get() > 0, home::start);
  }

  /** Its tasks queue here, wherever they became ready. */
  final class Home extends Carrier {
    private final ConcurrentQueue<Task> ready = Queues.unbounded().build();
    private final FutureTask<Integer> started = new FutureTask<>(() -> tid);

    /** What a task without internals wants to have run here. */
    private final ConcurrentQueue<Runnable> calls = Queues.unbounded().build();

    private final boolean runsTasks;

    /**
     * Not yet started.
     *
     * @param runsTasks else it runs the code of tasks, which are elsewhere
     */
    Home(String name, boolean runsTasks) {
      super(name);
      this.runsTasks = runsTasks;
    }

    @Override
    void start() {
      if (runsTasks) {
        super.start();
      } else {
        new PlainThread(this).start();
      }
    }

    @Override
    void live() {
      tid = Kernel.tid();
      started.run();
      super.live();
    }

    @Override
    @Nullable Task next() {
      while (true) {
        Task task = ready.poll();
        if (task != null) {
          return task;
        }
        Runnable call = calls.poll();
        if (call != null) {
          call.run();
        } else if (over && residents.get() == 0) {
          return null;
        } else {
          LockSupport.park(this);
        }
      }
    }

    @Override
    void accept(Task task) {
      if (wiredTo() == task) {
        acceptWired();
      } else {
        ready.offer(task);
        unpark();
      }
    }

    @Override
    void wiredAway() {}

    @Override
    boolean endedWired() {
      return false;
    }

    @Override
    Carrier homeOfUnlocked() {
      return this;
    }
  }

  /**
   * Starts a task that runs here only.
   *
   * @param name of its thread
   * @param body runs here only
   * @return the task, started
   * @throws UnsupportedOperationException in portable and deterministic mode
   */
  public Task go(String name, Runnable body) {
    scheduler.capabilities().require(Capability.LOCK_OS_THREAD);
    enter();
    boolean started = false;
    try {
      Task task =
          scheduler.make(
              name,
              () -> {
                try {
                  body.run();
                } finally {
                  leave();
                }
              });
      task.home = home;
      task.thread().start();
      started = true;
      return task;
    } finally {
      if (!started) {
        leave();
      }
    }
  }

  /**
   * Moves the calling task here, runs {@code body}, and moves it back to where it was. In portable
   * mode the body runs on this OS thread while the task waits, so that {@link Thread#currentThread}
   * is another one in it.
   *
   * @param <T> what the body gives
   * @param body runs here
   * @return what the body gave
   * @throws IllegalStateException if the caller is no task, is locked to another OS thread, or
   *     cannot leave its OS thread because a foreign frame or a class initializer is on its stack
   * @throws Exception what the body threw
   */
  public <T> T call(Callable<T> body) throws Exception {
    Task task = Task.require("OsThread.call");
    if (task.home == home) {
      return body.call();
    }
    if (!scheduler.isNative()) {
      return callFromOutside(body);
    }
    if (task.locks > 0) {
      throw new IllegalStateException(
          "task %d is locked to %s, so it cannot move to %s; unlock it first"
              .formatted(task.id(), task.osThread(), home.name));
    }
    enter();
    try {
      Carrier before = task.home;
      move(task, home);
      try {
        return body.call();
      } finally {
        while (task.locks > 0) {
          Task.unlockOSThread();
        }
        move(task, before);
      }
    } finally {
      leave();
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // leaving the carrier is the way to another one
  private void move(Task task, @Nullable Carrier to) {
    Carrier from = task.home;
    task.home = to;
    Thread.yield();
    if (to != null && task.carrier != to) {
      task.home = from;
      throw new IllegalStateException(
          "task %d cannot leave its OS thread: a foreign frame or a class initializer is on its stack"
              .formatted(task.id()));
    }
  }

  private <T> T callFromOutside(Callable<T> body) throws Exception {
    FutureTask<T> result = new FutureTask<>(body);
    enter();
    try {
      home.calls.offer(result);
      home.unpark();
      return result.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception own -> throw own;
        case Error own -> throw own;
        case null, default -> throw e;
      }
    } finally {
      leave();
    }
  }

  private void enter() {
    residents.getAndIncrement();
    if (home.over) {
      leave();
      throw new RejectedExecutionException("OS thread " + home.name + " is closed");
    }
  }

  private void leave() {
    if (residents.decrementAndGet() == 0 && home.over) {
      home.unpark();
    }
  }

  /** {@return the kernel's number of the thread; waits until it has started} */
  public int tid() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return Objects.requireNonNull(home.started.get());
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw new IllegalStateException(e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Says that the thread could not be started yet, and why; it is tried again and again.
   *
   * @return a line; empty if nothing is missing
   */
  public Optional<String> shortage() {
    return failures.shortage();
  }

  /**
   * Says for {@link TaintAudit} that this thread is changed on purpose, and why.
   *
   * @param reason for who reads the audit
   */
  public void taint(String reason) {
    TaintAudit.expect(tid(), reason);
  }

  /** Takes no more tasks; the OS thread ends when those that it has are gone. */
  @Override
  public void close() {
    home.stop();
    scheduler.closed(this);
  }

  @Override
  public String toString() {
    return "OS thread " + home.name;
  }
}
