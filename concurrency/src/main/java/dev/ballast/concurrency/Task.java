package dev.ballast.concurrency;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A virtual thread on carriers of its own {@link Scheduler}. The JDK submits it here, by one
 * executor for each task, whenever it becomes ready: from any thread, while it still runs, or
 * twice. All methods may be called by any thread unless they say otherwise.
 */
public final class Task {
  private static final VarHandle STATE;
  private static final VarHandle WAITERS;

  // The low byte says where the task is, the rest counts who holds it.
  private static final int WAITING = 0;
  private static final int QUEUED = 1;
  private static final int RUNNING = 2;
  private static final int RUNNING_READY = 3;
  private static final int PENDING = 4;
  private static final int DEAD = 5;
  private static final int WHERE = 0xff;
  private static final int HOLD = 0x100;

  /** More tasks that wait for each other are not looked through. */
  private static final int LONGEST_CHAIN = 64;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Task.class, "state", int.class);
      WAITERS = MethodHandles.lookup().findVarHandle(Task.class, "waiters", Waiter.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** A thread that waits until the task has left its carrier. */
  private record Waiter(Thread thread, @Nullable Waiter next) {}

  private final Scheduler scheduler;
  private final long id;
  private final @Nullable Task parent;
  private final Thread thread;
  private final long createdAt = System.nanoTime();
  private final Submissions submissions = new Submissions();
  private final CountDownLatch ended;
  private @Nullable Runnable continuation;
  private volatile int state;
  private volatile @Nullable Waiter waiters;
  private volatile long since = createdAt;

  /** The task that this one is about to suspend. */
  private volatile @Nullable Task suspending;

  /** Where the task must run, when it is wired to an OS thread. */
  volatile @Nullable Carrier wired;

  /** Nested locks; touched only by the task itself. */
  int locks;

  /** The carrier it runs on; meaningful only while it runs. */
  @Nullable Carrier carrier;

  Task(Scheduler scheduler, @Nullable Task parent, String name, Runnable body) {
    this.scheduler = scheduler;
    this.id = scheduler.nextId();
    this.parent = parent;
    this.ended = new CountDownLatch(1);
    this.thread = JdkInternals.get().create(submissions, name, body);
  }

  /** A virtual thread that a library started inside {@code parent}. */
  private Task(Scheduler scheduler, Task parent, Thread child) {
    this.scheduler = scheduler;
    this.id = scheduler.nextId();
    this.parent = parent;
    this.ended = new CountDownLatch(1);
    this.thread = child;
  }

  /** What the JDK calls when the virtual thread became ready. */
  private final class Submissions implements Executor {
    @Override
    @SuppressWarnings("ReferenceEquality") // a continuation is known by identity
    public void execute(Runnable ready) {
      Runnable own = continuation;
      if (own == null) {
        continuation = ready;
        scheduler.started(Task.this);
      } else if (own != ready) {
        Thread child = JdkInternals.threadOf(ready);
        if (child == null) {
          throw new IllegalArgumentException("not a virtual thread's continuation: " + ready);
        }
        adopt(child).execute(ready);
        return;
      }
      Task.this.ready();
    }

    private Executor adopt(Thread child) {
      Task task = new Task(scheduler, Task.this, child);
      JdkInternals.get().adopt(child, task.submissions);
      return task.submissions;
    }

    private Task task() {
      return Task.this;
    }
  }

  /** The calling task; empty on any other thread. */
  public static Optional<Task> current() {
    return Optional.ofNullable(of(Thread.currentThread()));
  }

  /** The task behind a thread, or null. */
  static @Nullable Task of(Thread thread) {
    return JdkInternals.get().schedulerOf(thread) instanceof Submissions of ? of.task() : null;
  }

  private static Task require(String what) {
    Task task = of(Thread.currentThread());
    if (task == null) {
      throw new IllegalStateException(
          what + " needs a task of a Scheduler, not " + Thread.currentThread());
    }
    return task;
  }

  /** A number that no other task of the scheduler has or had. */
  public long id() {
    return id;
  }

  /** The virtual thread. */
  public Thread thread() {
    return thread;
  }

  /** The task that made this one, if one did. */
  public Optional<Task> parent() {
    return Optional.ofNullable(parent);
  }

  /** {@link System#nanoTime} of its creation. */
  public long createdAt() {
    return createdAt;
  }

  /** How long it has been where it is: since it last left a carrier. */
  public Duration inState() {
    return Duration.ofNanos(Math.max(0, System.nanoTime() - since));
  }

  public TaskState state() {
    return switch (state & WHERE) {
      case WAITING -> TaskState.WAITING;
      case QUEUED -> TaskState.RUNNABLE;
      case PENDING -> TaskState.HELD;
      case DEAD -> TaskState.DEAD;
      default -> TaskState.RUNNING;
    };
  }

  /**
   * The name and kernel number of the OS thread that it runs on or is wired to; empty when it is on
   * none.
   */
  public String osThread() {
    Carrier on = wired;
    if (on == null && isRunning(state)) {
      on = carrier;
    }
    return on == null ? "" : on.name + " (tid " + on.tid + ")";
  }

  /** How many suspensions hold it. */
  public int suspensions() {
    return state >>> 8;
  }

  /** Waits until the task has ended. */
  public void join() throws InterruptedException {
    ended.await();
  }

  /** Waits until the task has ended; false when the time was over first. */
  public boolean join(Duration limit) throws InterruptedException {
    return ended.await(limit.toNanos(), java.util.concurrent.TimeUnit.NANOSECONDS);
  }

  /** Gives way if somebody asked this task to stop; for loops that neither park nor block. */
  @SuppressWarnings("ThreadPriorityCheck") // the one way to unmount without parking
  public static void checkpoint() {
    Task task = of(Thread.currentThread());
    if (task != null && task.state >= HOLD) {
      Thread.yield();
    }
  }

  /**
   * Wires the calling task to its OS thread: until as many {@link #unlockOSThread} it runs on no
   * other and no other task runs there. A task that ends locked takes the OS thread with it.
   *
   * @throws IllegalStateException on a thread that is no task
   */
  public static void lockOSThread() {
    Task task = require("lockOSThread");
    if (task.locks == Integer.MAX_VALUE) {
      throw new IllegalStateException("lockOSThread nesting overflow");
    }
    if (task.locks++ == 0) {
      Objects.requireNonNull(task.carrier).wireTo(task);
    }
  }

  /** Undoes one {@link #lockOSThread}; without one it does nothing, as in Go. */
  public static void unlockOSThread() {
    Task task = require("unlockOSThread");
    if (task.locks > 0 && --task.locks == 0) {
      Objects.requireNonNull(task.carrier).unwire(task);
    }
  }

  /** How many locks of the calling task are open. */
  public static int osThreadLocks() {
    return require("osThreadLocks").locks;
  }

  /**
   * Stops the task at a safe point and returns when it has stopped: at once if it is parked or
   * queued, else at its next park, blocking call or {@link #checkpoint}. Suspensions nest: it runs
   * again when all are closed. Unparking it meanwhile is remembered.
   *
   * @param limit how long to wait for a running task
   * @throws TimeoutException if it reached no safe point in time; it then runs on
   * @throws IllegalStateException if the task asks for itself
   */
  @SuppressWarnings("ThreadPriorityCheck") // the one way to unmount without parking
  public Suspension suspend(Duration limit) throws TimeoutException, InterruptedException {
    if (Thread.currentThread() == thread) {
      throw new IllegalStateException("task " + id + " cannot suspend itself");
    }
    long deadline = System.nanoTime() + limit.toNanos();
    Task me = of(Thread.currentThread());
    while (true) {
      Optional<Suspension> suspension = trySuspend(me, deadline);
      if (suspension.isPresent()) {
        return suspension.get();
      }
      if (System.nanoTime() - deadline > 0) {
        throw new TimeoutException(
            "task %d did not stop within %s; give its loop a checkpoint".formatted(id, limit));
      }
      // It waits for this task to stop, and would for ever if it were held meanwhile: let it.
      Thread.yield();
    }
  }

  /** Empty when the task itself waits for the caller to stop. */
  private Optional<Suspension> trySuspend(@Nullable Task me, long deadline)
      throws TimeoutException, InterruptedException {
    if (me != null) {
      me.suspending = this;
    }
    try {
      // The two who suspend each other write first and look afterwards: one of them sees it.
      int before = (int) STATE.getAndAdd(this, HOLD);
      if (me != null && waitsFor(me)) {
        release();
        return Optional.empty();
      }
      if (isRunning(before) && !awaitStop(deadline)) {
        release();
        throw new TimeoutException(
            "task " + id + " reached no safe point in time; give its loop a checkpoint");
      }
      return Optional.of(new Suspension(this));
    } finally {
      if (me != null) {
        me.suspending = null;
      }
    }
  }

  /** Whether this task waits, maybe through others, until {@code me} stops. */
  private boolean waitsFor(Task me) {
    Task next = suspending;
    for (int i = 0; i < LONGEST_CHAIN && next != null; i++) {
      if (next == me) {
        return true;
      }
      next = next.suspending;
    }
    return false;
  }

  /**
   * Asks the task to stop and gives it until a moment of {@link System#nanoTime}; the suspension
   * says whether it did. One that did not stops at its next safe point.
   */
  Suspension ask(long deadline) throws InterruptedException {
    int before = (int) STATE.getAndAdd(this, HOLD);
    if (isRunning(before)) {
      boolean _ = awaitStop(deadline);
    }
    return new Suspension(this);
  }

  private static boolean isRunning(int state) {
    int where = state & WHERE;
    return where == RUNNING || where == RUNNING_READY;
  }

  private boolean awaitStop(long deadline) throws InterruptedException {
    for (int i = 0; i < 200 && isRunning(state); i++) {
      Thread.onSpinWait();
    }
    boolean listed = false;
    while (isRunning(state)) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      if (!listed) {
        Waiter first;
        do {
          first = waiters;
        } while (!WAITERS.compareAndSet(this, first, new Waiter(Thread.currentThread(), first)));
        listed = true;
        continue;
      }
      LockSupport.parkNanos(this, left);
      if (Thread.interrupted()) {
        release();
        throw new InterruptedException();
      }
    }
    return true;
  }

  /** Takes one hold away and runs the task on if it was the last. */
  void release() {
    while (true) {
      int now = state;
      int then = now - HOLD;
      boolean go = then == PENDING;
      if (STATE.compareAndSet(this, now, go ? QUEUED : then)) {
        if (go) {
          enqueue(false);
        }
        return;
      }
    }
  }

  private void ready() {
    while (true) {
      int now = state;
      int where = now & WHERE;
      int hold = now & ~WHERE;
      switch (where) {
        case WAITING -> {
          if (STATE.compareAndSet(this, now, hold == 0 ? QUEUED : PENDING | hold)) {
            if (hold == 0) {
              enqueue(true);
            }
            return;
          }
        }
        case RUNNING -> {
          if (STATE.compareAndSet(this, now, RUNNING_READY | hold)) {
            return;
          }
        }
        default -> {
          // Already on its way, or dead: the JDK submits twice at times.
          return;
        }
      }
    }
  }

  private void enqueue(boolean next) {
    Carrier own = wired;
    if (own != null) {
      own.accept(this);
    } else {
      scheduler.enqueue(this, next);
    }
  }

  /** Runs the task until it unmounts; by a carrier that took it from a queue. */
  void run(Carrier on) {
    while (true) {
      int now = state;
      if (now == QUEUED) {
        if (STATE.compareAndSet(this, QUEUED, RUNNING)) {
          break;
        }
      } else if (STATE.compareAndSet(this, now, PENDING | (now & ~WHERE))) {
        return;
      }
    }
    carrier = on;
    Objects.requireNonNull(continuation).run();
    since = System.nanoTime();
    // Read on: the task is nobody's once the state says that it has left.
    boolean dead = thread.getState() == Thread.State.TERMINATED;
    boolean again = false;
    while (true) {
      int now = state;
      int hold = now & ~WHERE;
      again = !dead && (now & WHERE) == RUNNING_READY;
      int then = dead ? DEAD : !again ? WAITING : hold == 0 ? QUEUED : PENDING;
      if (STATE.compareAndSet(this, now, then | hold)) {
        again &= hold == 0;
        break;
      }
    }
    if (dead) {
      scheduler.ended(this);
      ended.countDown();
    } else if (again) {
      enqueue(false);
    }
    if (waiters != null) {
      for (Waiter w = (Waiter) WAITERS.getAndSet(this, null); w != null; w = w.next()) {
        LockSupport.unpark(w.thread());
      }
    }
  }

  @Override
  public String toString() {
    return "Task[" + id + " " + thread.getName() + " " + state() + "]";
  }
}
