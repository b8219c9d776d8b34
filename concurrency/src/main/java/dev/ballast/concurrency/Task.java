package dev.ballast.concurrency;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A virtual thread on carriers of its own {@link Scheduler}. The JDK submits it here, by one
 * executor for each task, whenever it becomes ready: from any thread, while it still runs, or
 * twice. All methods may be called by any thread unless they say otherwise.
 */
public final class Task extends WaitedFor {
  private static final VarHandle HOLDERS;

  /** How long a running task has to reach a checkpoint, park or block before the JVM stops it. */
  private static final long PATIENCE = TimeUnit.MICROSECONDS.toNanos(200);

  /** How long a suspender looks before it parks: a checkpoint is a matter of microseconds. */
  private static final long SPIN = TimeUnit.MICROSECONDS.toNanos(20);

  static {
    try {
      HOLDERS = MethodHandles.lookup().findVarHandle(Task.class, "holders", Suspension.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Scheduler scheduler;
  private final Placement placement;
  private final long id;
  private final long parentId;
  private final @Nullable WeakReference<Task> parent;
  private final List<Ancestor> ancestors;
  private final Thread thread;
  private final long createdAt;
  private final Submissions submissions = new Submissions();
  private @Nullable WeakReference<Task> self;
  private @Nullable Runnable continuation;
  private long since;

  /** The latest of its suspensions, which leads to those before. */
  private volatile @Nullable Suspension holders;

  /** Whether one of its suspensions is that of a loop that waits for its turn. */
  private volatile boolean waitsForTurn;

  /** Where the task must run, when that is one OS thread. */
  volatile @Nullable Carrier home;

  /** Nested locks; touched only by the task itself. */
  int locks;

  /** The carrier it runs on; meaningful only while it runs. */
  @Nullable Carrier carrier;

  /** Found by the collector when the task is; see {@link Leaks}. */
  volatile Leaks.@Nullable Canary canary;

  // Guarded by the list that it is in.
  @Nullable Task nextLive;
  @Nullable Task previousLive;

  Task(Scheduler scheduler, @Nullable Task parent, String name, Runnable body) {
    this.scheduler = scheduler;
    this.placement = scheduler.placement();
    this.id = scheduler.nextId();
    this.parentId = parent == null ? 0 : parent.id;
    this.parent = parent == null ? null : parent.self();
    this.ancestors = Ancestor.of(parent, scheduler.ancestorDepth());
    this.createdAt = createdNow(parent);
    this.since = createdAt;
    this.thread = placement.thread(this, name, body);
  }

  /** A virtual thread that a library started inside {@code parent}. */
  private Task(Task parent, Thread child) {
    this.scheduler = parent.scheduler;
    this.placement = parent.placement;
    this.id = scheduler.nextId();
    this.parentId = parent.id;
    this.parent = parent.self();
    this.ancestors = Ancestor.of(parent, scheduler.ancestorDepth());
    this.createdAt = createdNow(parent);
    this.since = createdAt;
    this.thread = child;
  }

  /** Roughly where the scheduler is at work, since the clock is a tenth of the cost of a task. */
  private long createdNow(@Nullable Task parent) {
    return parent != null && parent.scheduler == scheduler
        ? placement.roughNow()
        : System.nanoTime();
  }

  /** Children share it, and do not keep a task that has ended. */
  private WeakReference<Task> self() {
    WeakReference<Task> own = self;
    if (own == null) {
      own = new WeakReference<>(this);
      self = own;
    }
    return own;
  }

  /** What the JDK calls when the virtual thread became ready. */
  final class Submissions implements Executor {
    @Override
    @SuppressWarnings("ReferenceEquality") // a continuation is known by identity
    public void execute(Runnable ready) {
      Runnable own = continuation;
      if (own == null) {
        enlist();
        continuation = ready;
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
      Task task = new Task(Task.this, child);
      JdkInternals.get().adopt(child, task.submissions);
      return task.submissions;
    }

    Task task() {
      return Task.this;
    }
  }

  /** {@return the calling task; empty on any other thread} */
  public static Optional<Task> current() {
    return Optional.ofNullable(of(Thread.currentThread()));
  }

  /** The task behind a thread, or null; in portable mode of the calling thread only. */
  static @Nullable Task of(Thread thread) {
    if (JdkInternals.schedulerOf(thread) instanceof Submissions of) {
      return of.task();
    }
    return thread == Thread.currentThread() ? PortablePlacement.current() : null;
  }

  static Task require(String what) {
    Task task = of(Thread.currentThread());
    if (task == null) {
      throw new IllegalStateException(
          what + " needs a task of a Scheduler, not " + Thread.currentThread());
    }
    return task;
  }

  Submissions submissions() {
    return submissions;
  }

  /** Before it is ready for the first time. */
  private void enlist() {
    if (!scheduler.started(this)) {
      die();
      throw new RejectedExecutionException(
          "scheduler " + scheduler.name() + " is closed, so " + thread + " cannot start");
    }
  }

  Scheduler scheduler() {
    return scheduler;
  }

  /** {@return a number that no other task of the scheduler has or had} */
  public long id() {
    return id;
  }

  /** {@return the virtual thread} */
  public Thread thread() {
    return thread;
  }

  /** {@return the task that made this one, unless none did or it is gone} */
  public Optional<Task> parent() {
    return parent == null ? Optional.empty() : Optional.ofNullable(parent.get());
  }

  /** {@return the number of the task that made this one; 0 if none did} */
  public long parentId() {
    return parentId;
  }

  /**
   * {@return who made it and where, nearest first; empty unless {@link Scheduler#traceAncestors} is
   * on}
   */
  public List<Ancestor> ancestors() {
    return ancestors;
  }

  /**
   * Who made it, as a dump ends with, and where, if {@link #ancestors} are known.
   *
   * @return lines, the first {@code created by task 3 "name"}; none if nothing is known
   */
  public String origin() {
    return Dump.origin(this);
  }

  /** {@return {@link System#nanoTime} of its creation, to some milliseconds} */
  public long createdAt() {
    return createdAt;
  }

  /**
   * {@return how long it has been where it is, since it last left a carrier; to a millisecond or
   * so}
   */
  public Duration inState() {
    return Duration.ofNanos(Math.max(0, System.nanoTime() - since));
  }

  /** {@return where it is; of a task that runs it may be old already} */
  public TaskState state() {
    TaskState state = whereabouts();
    return state == TaskState.RUNNING && placement instanceof PortablePlacement
        ? stateOfThread()
        : state;
  }

  /** In portable mode a task that parks tells nobody. */
  private TaskState stateOfThread() {
    return switch (thread.getState()) {
      case WAITING, TIMED_WAITING, BLOCKED -> TaskState.WAITING;
      case NEW, RUNNABLE, TERMINATED -> TaskState.RUNNING;
    };
  }

  /**
   * The name and kernel number of the OS thread that it runs on or is wired to; empty when it is on
   * none.
   *
   * @return as {@code mine-carrier-2 (tid 4711)}, or empty
   */
  public String osThread() {
    Carrier on = home;
    if (on == null && isRunning()) {
      on = carrier;
    }
    return on == null ? "" : on.name + " (tid " + on.tid + ")";
  }

  /** The thread that carries it; empty when it is on none. */
  Optional<Thread> carrierThread() {
    Carrier on = isRunning() ? carrier : null;
    return on == null ? Optional.empty() : on.osThread();
  }

  /** {@return how many suspensions hold it, at this moment} */
  public int suspensions() {
    int own = waitsForTurn ? 1 : 0;
    return Math.max(0, holds() - own);
  }

  /** Whether the scheduler has stopped it, a loop, so that others can run; it will run again. */
  boolean waitsForTurn() {
    return waitsForTurn;
  }

  /** The suspensions that are not closed, the latest first. */
  List<Suspension> openSuspensions() {
    List<Suspension> open = new ArrayList<>();
    for (Suspension each = holders; each != null; each = each.before()) {
      if (each.isOpen()) {
        open.add(each);
      }
    }
    return open;
  }

  void list(Suspension suspension) {
    while (true) {
      Suspension known = holders;
      suspension.follows(firstOpen(known));
      if (HOLDERS.compareAndSet(this, known, suspension)) {
        return;
      }
    }
  }

  /** Forgets closed ones, as far as no open one leads to them. */
  void unlistClosed() {
    while (true) {
      Suspension known = holders;
      Suspension open = firstOpen(known);
      if (open == known || HOLDERS.compareAndSet(this, known, open)) {
        return;
      }
    }
  }

  private static @Nullable Suspension firstOpen(@Nullable Suspension from) {
    Suspension each = from;
    while (each != null && !each.isOpen()) {
      each = each.before();
    }
    return each;
  }

  /** Whether it has run at all; by who took it from a queue. */
  boolean hasBegun() {
    return carrier != null;
  }

  /**
   * Waits until the task has ended.
   *
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   */
  public void join() throws InterruptedException {
    boolean _ = awaitEnd(0);
  }

  /**
   * Waits until the task has ended; false when the time was over first.
   *
   * @param limit how long to wait
   * @return whether it has ended
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   */
  public boolean join(Duration limit) throws InterruptedException {
    // Never 0, which is for ever.
    return awaitEnd(Deadline.in(limit) | 1);
  }

  private boolean awaitEnd(long deadline) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    boolean listed = false;
    while (!isDead()) {
      if (!listed) {
        listForEnd();
        listed = true;
        continue;
      }
      if (deadline == 0) {
        LockSupport.park(this);
      } else {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        LockSupport.parkNanos(this, left);
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
    return true;
  }

  /** Gives way if somebody asked this task to; for loops that neither park nor block. */
  @SuppressWarnings("ThreadPriorityCheck") // the one way to unmount without parking
  public static void checkpoint() {
    Task task = of(Thread.currentThread());
    if (task != null && task.isAsked()) {
      if (task.placement instanceof PortablePlacement) {
        task.stopHere();
      } else {
        Thread.yield();
      }
    }
  }

  /** Whether the OS thread under this task waits for something, so that nothing runs there. */
  boolean blocksCarrier() {
    if (!isRunning()) {
      return false;
    }
    Carrier on = carrier;
    return thread.getState() != Thread.State.RUNNABLE || on == null || Kernel.waits(on.tid);
  }

  /** Whether it runs for the JVM, but its OS thread waits inside a call to the kernel. */
  boolean waitsInKernel() {
    Carrier on = carrier;
    return isRunning()
        && on != null
        && thread.getState() == Thread.State.RUNNABLE
        && Kernel.waitsInCall(on.tid);
  }

  /**
   * Wires the calling task to its OS thread: until as many {@link #unlockOSThread} it runs on no
   * other and no other task runs there. A task that ends locked takes the OS thread with it.
   *
   * @throws IllegalStateException on a thread that is no task, or on the 2^31st nested lock
   * @throws UnsupportedOperationException if the scheduler lacks {@link Capability#LOCK_OS_THREAD}
   */
  public static void lockOSThread() {
    Task task = require("lockOSThread");
    task.scheduler.capabilities().require(Capability.LOCK_OS_THREAD);
    if (task.locks == Integer.MAX_VALUE) {
      throw new IllegalStateException("lockOSThread nesting overflow");
    }
    if (task.locks == 0) {
      ThreadStarts.ensure();
      Objects.requireNonNull(task.carrier).wire(task);
      task.placement.willNeedCarrier();
    }
    task.locks++;
  }

  /** Undoes one {@link #lockOSThread}; without one it does nothing, as in Go. */
  public static void unlockOSThread() {
    Task task = require("unlockOSThread");
    if (task.locks > 0 && --task.locks == 0) {
      Objects.requireNonNull(task.carrier).unwire(task);
    }
  }

  /**
   * Runs {@code body} in a new task that is locked to nothing, while the caller waits: OS threads
   * that a library starts in it, such as the selector of an HTTP client, are born clean even if the
   * calling task has changed its own OS thread.
   *
   * @param <T> what the body gives
   * @param body runs in another task
   * @return what the body gave
   * @throws IllegalStateException on a thread that is no task
   * @throws Exception what the body threw
   */
  public static <T> T clean(Callable<T> body) throws Exception {
    FutureTask<T> result = require("clean").scheduler.submit(body);
    try {
      return result.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception own) {
        throw own;
      }
      throw e;
    }
  }

  /**
   * Sleeps, as {@link Thread#sleep} does. In deterministic mode it is the scheduler's clock that
   * passes, so that it takes no time; what sleeps otherwise there is repeated by the seed too, but
   * takes its time.
   *
   * @param time how long
   * @throws InterruptedException if the task is interrupted meanwhile
   * @throws IllegalStateException on a thread that is no task
   */
  public static void sleep(Duration time) throws InterruptedException {
    Task task = require("sleep");
    if (!(task.placement instanceof DeterministicPlacement seeded)) {
      Thread.sleep(Duration.ofNanos(Deadline.nanos(time)));
      return;
    }
    AtomicBoolean over = new AtomicBoolean();
    VirtualClock.Timer timer =
        seeded
            .clock()
            .in(
                Deadline.nanos(time),
                task,
                false,
                () -> {
                  over.set(true);
                  LockSupport.unpark(task.thread);
                });
    while (!over.get()) {
      if (Thread.interrupted()) {
        boolean _ = timer.cancel(false);
        throw new InterruptedException();
      }
      LockSupport.park(timer);
    }
  }

  /** {@return how many locks of the calling task are open} */
  public static int osThreadLocks() {
    return require("osThreadLocks").locks;
  }

  /**
   * Stops the task at a safe point and returns when it has stopped: at once if it is parked or
   * queued, else at its next park, blocking call or {@link #checkpoint}; and if that takes longer
   * than a millisecond, wherever it is, if the JVM can ({@link Capability#SUSPEND_RUNNING}).
   * Suspensions nest: it runs again when all are closed. Unparking it meanwhile is remembered. A
   * task that is to stop itself does so before it suspends another, so tasks may suspend each
   * other.
   *
   * @param limit how long to wait for a running task
   * @return to be closed when the task may run on
   * @throws TimeoutException if it reached no safe point in time; it then runs on
   * @throws IllegalStateException if the task asks for itself
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   */
  public Suspension suspend(Duration limit) throws TimeoutException, InterruptedException {
    Suspension suspension = ask(Deadline.in(limit));
    if (!isStopped()) {
      suspension.close();
      throw new TimeoutException(
          "task %d reached no safe point within %d ms: %s"
              .formatted(
                  id,
                  TimeUnit.NANOSECONDS.toMillis(Deadline.nanos(limit)),
                  scheduler
                      .capabilities()
                      .whyNot(Capability.SUSPEND_RUNNING)
                      .map(why -> "give its loop a Task.checkpoint(), for " + why)
                      .orElse("it is where the JVM must not stop it; give it longer")));
    }
    return suspension;
  }

  /**
   * Asks the task to stop and gives it until a moment of {@link System#nanoTime}; the suspension
   * says whether it did. One that did not stops at its next safe point.
   */
  Suspension ask(long deadline) throws InterruptedException {
    if (Thread.currentThread() == thread) {
      throw new IllegalStateException("task " + id + " cannot suspend itself");
    }
    Task me = of(Thread.currentThread());
    while (!hold(me)) {
      checkpoint();
    }
    boolean waited = false;
    try {
      boolean _ = awaitStop(deadline);
      waited = true;
      return new Suspension(this, Thread.currentThread());
    } finally {
      if (!waited) {
        release();
      }
    }
  }

  /** Suspends a loop, so that others can run; false if it did not stop. By the scheduler. */
  boolean stopForTurn(Duration limit) throws InterruptedException {
    waitsForTurn = true;
    addHold();
    boolean stopped = false;
    try {
      stopped = awaitStop(Deadline.in(limit)) && isStoppedMounted();
      return stopped;
    } finally {
      if (!stopped) {
        resumeForTurn();
      }
    }
  }

  void resumeForTurn() {
    release();
    waitsForTurn = false;
  }

  /**
   * False when the caller is to stop itself, and has to do that first. Each of those who suspend
   * one another in a ring writes to the next before it looks at itself, so the last to write sees
   * that it is held, and lets go: no ring of them stops for ever.
   */
  private boolean hold(@Nullable Task me) {
    addHold();
    if (me != null && me.isHeld()) {
      release();
      return false;
    }
    return true;
  }

  private boolean awaitStop(long deadline) throws InterruptedException {
    if (isStopped()) {
      return true;
    }
    long begun = System.nanoTime();
    long force = Math.min(begun + PATIENCE, begun + (deadline - begun) / 2);
    boolean listed = false;
    while (true) {
      if (!listed && System.nanoTime() - begun > SPIN) {
        listForStop();
        listed = true;
      }
      if (isStopped()) {
        return true;
      }
      long now = System.nanoTime();
      if (deadline - now <= 0) {
        return false;
      }
      if (!listed) {
        Thread.onSpinWait();
        continue;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (force - now <= 0) {
        if (scheduler.capabilities().has(Capability.SUSPEND_RUNNING)) {
          Jvmti.stop(this);
        }
        // Where it was it could not be stopped; it will be elsewhere then.
        force = now + PATIENCE;
        continue;
      }
      LockSupport.parkNanos(this, Math.min(deadline, force) - now);
      listed = isListedForStop();
    }
  }

  /** Says that the JVM has stopped the task where it runs; false if nobody holds it any more. */
  boolean markStopped() {
    if (!setStopped()) {
      return false;
    }
    Carrier on = carrier;
    if (on != null) {
      placement.stuck(on);
    }
    wakeForStop();
    return true;
  }

  /** Takes one hold away and runs the task on if it was the last. */
  void release() {
    switch (removeHold()) {
      case NOTHING -> {}
      case ENQUEUE -> enqueue(false);
      case RESUME -> Jvmti.resume(this);
    }
  }

  private void ready() {
    if (setReady()) {
      enqueue(true);
    }
  }

  private void enqueue(boolean next) {
    Carrier own = home;
    if (own != null) {
      own.accept(this);
    } else {
      placement.enqueue(this, next);
    }
  }

  /** Runs the task until it unmounts; by a carrier that took it from a queue. */
  void run(Carrier on) {
    if (!setRunning(placement.alwaysGivesWay())) {
      return;
    }
    carrier = on;
    try {
      Objects.requireNonNull(continuation).run();
    } finally {
      unmounted();
    }
  }

  private void unmounted() {
    since = placement.roughNow();
    // Read on: the task is nobody's once the state says that it has left.
    boolean dead = !thread.isAlive();
    if (dead) {
      // First, so that who joined it does not find it among the living.
      scheduler.ended(this);
    }
    Left left = setLeft(dead);
    if (dead) {
      wakeForEnd();
    } else if (left == Left.GAVE_WAY && home == null) {
      placement.enqueueLast(this);
    } else if (left != Left.AWAY) {
      enqueue(false);
    }
    wakeForStop();
  }

  /**
   * In portable mode who starts the task calls this, or else the task itself; a second call does
   * nothing.
   */
  void listPortable() {
    if (whereabouts() == TaskState.WAITING) {
      setQueued();
      enlist();
    }
  }

  /** In portable mode the body calls this before it begins. */
  void beginPortable() {
    if (!setRunning(placement.alwaysGivesWay())) {
      stopHere();
    }
  }

  /** In portable mode the body calls this when it has ended. */
  void endPortable() {
    scheduler.ended(this);
    die();
  }

  private void die() {
    setDead();
    wakeForEnd();
    wakeForStop();
  }

  /** In portable mode a task stops by itself, here, and parks until nobody holds it. */
  void stopHere() {
    boolean interrupted = false;
    boolean parked = false;
    while (true) {
      Stop step = stopItself();
      if (step == Stop.GO_ON) {
        break;
      } else if (step == Stop.STOPPED_NOW) {
        since = System.nanoTime();
        wakeForStop();
      } else if (step == Stop.PARK) {
        parked = true;
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
    }
    if (interrupted) {
      thread.interrupt();
    }
    if (parked) {
      // It may have been the task's own permit that was used up here.
      LockSupport.unpark(thread);
    }
  }

  @Override
  public String toString() {
    return "Task[" + id + " " + thread.getName() + " " + state() + "]";
  }
}
