package dev.ballast.concurrency;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks, which are virtual threads, on OS threads of its own. Code inside a task is ordinary
 * blocking Java; virtual threads that it or a library starts become tasks of the same scheduler.
 */
public final class Scheduler implements AutoCloseable {
  /** The property with how many generations of makers each task of a process remembers. */
  public static final String ANCESTORS = "ballast.tasks.ancestors";

  private final String name;
  private final Placement placement;
  private final LiveTasks live = LiveTasks.forThisJvm();
  private final World world = new World();
  private final CopyOnWriteArrayList<OsThread> osThreads = new CopyOnWriteArrayList<>();
  private final AtomicLong ids = new AtomicLong();
  private final long begun = System.nanoTime();
  private final Object ending = new Object();
  private volatile boolean closing;
  private volatile boolean over;
  private volatile int ancestorDepth = Ancestor.DEFAULT_DEPTH;
  private @Nullable BiConsumer<Thread, Throwable> uncaught;

  private Scheduler(String name, Placement placement) {
    this.name = name;
    this.placement = placement;
  }

  /**
   * Starts a native scheduler.
   *
   * @param name the prefix of its OS threads' names
   * @param parallelism how many OS threads run tasks at a time, not counting locked and stuck ones
   * @return the scheduler, to be closed
   * @throws UnsupportedRuntimeException if this JVM does not let it schedule virtual threads
   */
  public static Scheduler start(String name, int parallelism) {
    return start(Options.named(name).withParallelism(parallelism));
  }

  /**
   * Starts a scheduler. On a JDK newer than those that are known, which has moved what native mode
   * needs, it is a portable one, and the log says so.
   *
   * @param options the mode, and more
   * @return the scheduler, to be closed
   * @throws UnsupportedRuntimeException if this JVM does not let it schedule virtual threads, and
   *     an option or another JDK would
   */
  public static Scheduler start(Options options) {
    JdkInternals.requireContinuations();
    return switch (options.mode()) {
      case Options.Mode.Native() -> {
        Optional<String> moved = JdkInternals.movedAway();
        if (moved.isPresent()) {
          System.getLogger(Scheduler.class.getName())
              .log(
                  Level.WARNING,
                  "scheduler {0} is a portable one: {1}",
                  options.name(),
                  moved.get());
          yield new Scheduler(options.name(), new PortablePlacement(options.name()));
        }
        JdkInternals.get();
        NativePlacement workers = new NativePlacement(options);
        workers.start();
        if (options.stopsPrepared() && Jvmti.unavailable().isEmpty()) {
          boolean _ = Jvmti.prepare().join();
        }
        yield new Scheduler(options.name(), workers);
      }
      case Options.Mode.Portable() ->
          new Scheduler(options.name(), new PortablePlacement(options.name()));
      case Options.Mode.Deterministic mode -> {
        JdkInternals.get();
        DeterministicPlacement seeded = new DeterministicPlacement(options.name(), mode);
        seeded.start();
        yield new Scheduler(options.name(), seeded);
      }
    };
  }

  /** {@return what it can do, and why it cannot do the rest} */
  public Capabilities capabilities() {
    return placement.capabilities();
  }

  /**
   * The scheduler's clock: {@link System#nanoTime}, and in deterministic mode one that passes by a
   * microsecond for each turn of a task, and leaps to the end of the next sleep or timed wait when
   * no task can run.
   *
   * @return nanoseconds since some moment
   */
  public long nanoTime() {
    return placement instanceof DeterministicPlacement seeded
        ? seeded.clock().now()
        : System.nanoTime();
  }

  /**
   * Says which of its OS threads cannot be started, and why: the process, its user or its control
   * group may have as many threads as they are allowed. Starts are tried again until they succeed;
   * what runs already runs on meanwhile.
   *
   * @return a line with what to do; empty if nothing is missing
   */
  public Optional<String> shortage() {
    return placement.shortage();
  }

  /**
   * The tasks that do not leave their OS threads, so that other threads have taken the places of
   * these: as many as {@link Options#maxPinned}, and those that are suspended or wait for a turn.
   *
   * @return in no order
   */
  public List<Task> pinned() {
    return placement.pinned();
  }

  /** {@return the prefix of its OS threads' names} */
  public String name() {
    return name;
  }

  Placement placement() {
    return placement;
  }

  boolean isNative() {
    return placement instanceof NativePlacement;
  }

  /**
   * Starts an OS thread that tasks of this scheduler can use together.
   *
   * @param threadName the name of the OS thread
   * @return to be closed when no more tasks are to go there
   */
  public OsThread openOsThread(String threadName) {
    OsThread opened = new OsThread(this, threadName);
    osThreads.add(opened);
    if (isOver()) {
      opened.close();
    }
    return opened;
  }

  void closed(OsThread thread) {
    osThreads.remove(thread);
  }

  /**
   * Starts a task.
   *
   * @param body runs in the task
   * @return the task, started
   * @throws RejectedExecutionException if this is closed
   */
  public Task go(Runnable body) {
    return go(name + "-task", body);
  }

  /**
   * Starts a task with a thread name.
   *
   * @param taskName the name of its thread, which need not be the only one of that name
   * @param body runs in the task
   * @return the task, started
   * @throws RejectedExecutionException if this is closed
   */
  public Task go(String taskName, Runnable body) {
    Task task = make(taskName, body);
    placement.start(task);
    return task;
  }

  /**
   * Starts a task; the future has its result. It is no {@code go}: a lambda that never returns
   * would be taken for one that has a result.
   *
   * @param <T> what the body gives
   * @param body runs in the task
   * @return cancelling it interrupts the task
   * @throws RejectedExecutionException if this is closed
   */
  public <T> FutureTask<T> submit(Callable<T> body) {
    FutureTask<T> result = new FutureTask<>(body);
    Task unused = go(name + "-task", result);
    return result;
  }

  /** Has tasks that throw reported here; before the first of them is made. */
  void uncaught(BiConsumer<Thread, Throwable> told) {
    uncaught = told;
  }

  /**
   * Makes tasks that the caller starts by {@link Thread#start}, which throws a {@link
   * RejectedExecutionException} when this is closed. In portable mode nobody tells the scheduler of
   * that start: a task is its own from its first instruction on, and throws then what start would.
   *
   * @return which makes threads until this is closed
   */
  public ThreadFactory threadFactory() {
    return body -> make(name + "-task", body).thread();
  }

  /**
   * Runs each command in a new task.
   *
   * @return which takes commands until this is closed
   */
  public Executor executor() {
    return this::go;
  }

  Task make(String taskName, Runnable body) {
    Task parent = Task.of(Thread.currentThread());
    if (closing && (parent == null || parent.scheduler() != this)) {
      throw new RejectedExecutionException("scheduler " + name + " is closed");
    }
    BiConsumer<Thread, Throwable> told = uncaught;
    return new Task(this, parent, taskName, told == null ? body : () -> runTelling(body, told));
  }

  private static void runTelling(Runnable body, BiConsumer<Thread, Throwable> told) {
    try {
      body.run();
    } catch (Throwable e) {
      told.accept(Thread.currentThread(), e);
    }
  }

  /** {@return the tasks that were started and have not ended, oldest first} */
  public List<Task> tasks() {
    return live.list();
  }

  /**
   * One line of the moment, in the style of Go's schedtrace.
   *
   * @return as {@code SCHED 12ms: tasks=3 ...}
   */
  public String statistics() {
    return "SCHED %dms: tasks=%d %s"
        .formatted(
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun),
            live.size(),
            placement.statistics());
  }

  /**
   * Suspends the given tasks, all of them before the first is read; the caller's own is left out.
   *
   * @param limit for all together
   * @param tasks of this scheduler
   * @return to be closed when they may run on
   * @throws TimeoutException if one reached no safe point; then none stays suspended
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   */
  public Snapshot suspendAll(Collection<Task> tasks, Duration limit)
      throws TimeoutException, InterruptedException {
    long deadline = Deadline.in(limit);
    List<Suspension> held = new ArrayList<>();
    boolean complete = false;
    try {
      for (Task task : tasks) {
        if (task.thread() != Thread.currentThread()) {
          held.add(task.suspend(Deadline.left(deadline)));
        }
      }
      complete = true;
      return new Snapshot(name, held);
    } finally {
      if (!complete) {
        held.forEach(Suspension::close);
      }
    }
  }

  /**
   * As {@link #suspendAll}, for looking: a task that reaches no safe point in time, because it is
   * in a foreign call or computes, is in the snapshot as {@linkplain Suspension#mounted mounted}.
   *
   * @param limit for all together
   * @param tasks of this scheduler
   * @return to be closed when they may run on
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   */
  public Snapshot snapshot(Collection<Task> tasks, Duration limit) throws InterruptedException {
    long deadline = Deadline.in(limit);
    List<Suspension> held = new ArrayList<>();
    boolean complete = false;
    try {
      for (Task task : tasks) {
        if (task.thread() != Thread.currentThread()) {
          held.add(task.ask(deadline));
        }
      }
      complete = true;
      return new Snapshot(name, held);
    } finally {
      if (!complete) {
        held.forEach(Suspension::close);
      }
    }
  }

  /**
   * Where all tasks but the calling one are: all are suspended before the first is looked at, and
   * run again when this returns. Names and lines are looked up when they are asked for.
   *
   * @param limit how long to wait for those that run
   * @return in the order of their numbers
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   */
  public List<TaskStack> stacks(Duration limit) throws InterruptedException {
    try (Snapshot held = snapshot(tasks(), limit)) {
      return held.suspensions().stream().map(TaskStack::of).toList();
    }
  }

  /**
   * Stops all tasks but the calling one, runs {@code section}, and resumes them. Tasks that are
   * started meanwhile are held too. Sections run one after the other; one inside another stops
   * nothing more. The section must not wait for a task.
   *
   * @param limit for stopping all together
   * @param <T> what the section gives
   * @param section runs on the calling thread
   * @return what the section gave
   * @throws TimeoutException if a task reached no safe point; then all run on and {@code section}
   *     did not run
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   */
  public <T> T stopTheWorld(Duration limit, Supplier<T> section)
      throws TimeoutException, InterruptedException {
    return world.stop(this, limit, section);
  }

  /**
   * Remembers from now on where tasks are made, and by whom: Go's {@code tracebackancestors}. It
   * costs a stack trace for each task.
   *
   * @param depth how many generations; 0 for none. The property {@value #ANCESTORS} says it for
   *     every scheduler of a process.
   */
  public void traceAncestors(int depth) {
    if (depth < 0) {
      throw new IllegalArgumentException("depth of ancestors is 0 or more, not " + depth);
    }
    ancestorDepth = depth;
  }

  int ancestorDepth() {
    return ancestorDepth;
  }

  LiveTasks live() {
    return live;
  }

  /** What is done, by a thread of the scheduler, each time that nothing has run for a while. */
  void whenQuiet(Runnable action) {
    placement.whenQuiet(action);
  }

  /**
   * Takes no more tasks but those that its tasks start, waits until all have ended, and ends its OS
   * threads. Interrupting the caller interrupts the tasks.
   *
   * @throws IllegalStateException if the caller is one of the tasks, which would wait for itself
   */
  @Override
  public void close() {
    Task own = Task.of(Thread.currentThread());
    if (own != null && own.scheduler() == this) {
      throw new IllegalStateException(
          "task %d of scheduler %s cannot close it: it would wait for itself"
              .formatted(own.id(), name));
    }
    closing = true;
    boolean interrupted = false;
    do {
      interrupted |= awaitAll();
    } while (!endUnlessTasksCame());
    abandon();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether it was interrupted meanwhile, and has passed it on. */
  private boolean awaitAll() {
    boolean interrupted = false;
    while (live.size() > 0) {
      for (Task task : live.list()) {
        if (live instanceof CollectableTasks tasks && tasks.isLeaked(task)) {
          // It would never end.
          continue;
        }
        try {
          task.join();
        } catch (InterruptedException e) {
          interrupted = true;
          live.list().forEach(each -> each.thread().interrupt());
        }
      }
    }
    return interrupted;
  }

  /** A thread that was made before this closed may be started at any time: it is in or refused. */
  private boolean endUnlessTasksCame() {
    synchronized (ending) {
      if (!over) {
        // First, so that who lists itself from here on waits for what is found.
        over = true;
        over = live.size() == 0;
      }
      return over;
    }
  }

  private boolean isOver() {
    if (!over) {
      return false;
    }
    // It may be tried only.
    synchronized (ending) {
      return over;
    }
  }

  /** Ends the OS threads; tasks that still live never run again. */
  void abandon() {
    closing = true;
    synchronized (ending) {
      over = true;
    }
    placement.stop();
    osThreads.forEach(OsThread::close);
  }

  long nextId() {
    return ids.incrementAndGet();
  }

  /** False if it is too late for the task. */
  boolean started(Task task) {
    live.add(task);
    if (isOver()) {
      live.remove(task);
      return false;
    }
    world.born(task);
    return true;
  }

  void ended(Task task) {
    live.remove(task);
  }
}
