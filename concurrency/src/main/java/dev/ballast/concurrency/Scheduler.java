package dev.ballast.concurrency;

import dev.ballast.concurrency.queue.ConcurrentQueue;
import dev.ballast.concurrency.queue.Queues;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks, which are virtual threads, on OS threads of its own. Code inside a task is ordinary
 * blocking Java; virtual threads that it or a library starts become tasks of the same scheduler.
 */
public final class Scheduler implements AutoCloseable {
  private static final int MOST_CARRIERS = 256;
  private static final long SHORTEST_LOOK = TimeUnit.MICROSECONDS.toNanos(20);
  private static final long LONGEST_LOOK = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long SLICE = TimeUnit.MILLISECONDS.toNanos(10);

  private final String name;
  private final int parallelism;
  private final ConcurrentQueue<Task> shared = Queues.unbounded().build();
  private final CopyOnWriteArrayList<Carrier> workers = new CopyOnWriteArrayList<>();
  private final ConcurrentLinkedDeque<Carrier> idle = new ConcurrentLinkedDeque<>();
  private final ConcurrentLinkedDeque<Carrier> spares = new ConcurrentLinkedDeque<>();
  private final ConcurrentHashMap<Long, Task> live = new ConcurrentHashMap<>();
  private final AtomicInteger searching = new AtomicInteger();
  private final AtomicInteger carriers = new AtomicInteger();
  private final AtomicLong ids = new AtomicLong();
  private final long begun = System.nanoTime();
  private volatile boolean closing;
  private volatile boolean over;
  private volatile @Nullable Thread monitor;
  private volatile boolean monitorRests;

  private Scheduler(String name, int parallelism) {
    this.name = name;
    this.parallelism = parallelism;
  }

  /**
   * Starts a scheduler.
   *
   * @param name the prefix of its OS threads' names
   * @param parallelism how many OS threads run tasks at a time, not counting locked and stuck ones
   * @throws UnsupportedRuntimeException if this JVM does not let it schedule virtual threads
   */
  public static Scheduler start(String name, int parallelism) {
    if (parallelism < 1 || parallelism > MOST_CARRIERS) {
      throw new IllegalArgumentException("parallelism is 1 to 256, not " + parallelism);
    }
    JdkInternals.get();
    Scheduler scheduler = new Scheduler(name, parallelism);
    for (int i = 0; i < parallelism; i++) {
      scheduler.addWorker();
    }
    TemplateThread.start(() -> {
      Thread thread = new Thread(scheduler::watch, name + "-monitor");
      thread.setDaemon(true);
      scheduler.monitor = thread;
      thread.start();
    });
    return scheduler;
  }

  /** Starts a task. */
  public Task go(Runnable body) {
    return go(name + "-task", body);
  }

  /** Starts a task with a thread name. */
  public Task go(String taskName, Runnable body) {
    Task task = make(taskName, body);
    task.thread().start();
    return task;
  }

  /** Starts a task; the future has its result. */
  public <T> FutureTask<T> go(Callable<T> body) {
    FutureTask<T> result = new FutureTask<>(body);
    Task unused = go(name + "-task", result);
    return result;
  }

  /** Makes tasks that the caller starts by {@link Thread#start}. */
  public ThreadFactory threadFactory() {
    return body -> make(name + "-task", body).thread();
  }

  /** Runs each command in a new task. */
  public Executor executor() {
    return this::go;
  }

  private Task make(String taskName, Runnable body) {
    if (closing) {
      throw new RejectedExecutionException("scheduler " + name + " is closed");
    }
    return new Task(this, Task.of(Thread.currentThread()), taskName, body);
  }

  /** The tasks that were started and have not ended, oldest first. */
  public List<Task> tasks() {
    return live.values().stream().sorted(Comparator.comparingLong(Task::id)).toList();
  }

  /** One line of the moment, in the style of Go's schedtrace. */
  public String statistics() {
    StringBuilder local = new StringBuilder();
    for (Carrier worker : workers) {
      local.append(local.isEmpty() ? "" : " ").append(worker.queue.size());
    }
    return "SCHED %dms: tasks=%d parallelism=%d idle=%d threads=%d spinning=%d spares=%d runqueue=%d [%s]"
        .formatted(
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun),
            live.size(),
            parallelism,
            idle.size(),
            carriers.get(),
            searching.get(),
            spares.size(),
            shared.size(),
            local);
  }

  /**
   * Suspends the given tasks, all of them before the first is read; the caller's own is left out.
   *
   * @param limit for all together
   * @throws TimeoutException if one reached no safe point; then none stays suspended
   */
  public Snapshot suspendAll(Collection<Task> tasks, Duration limit)
      throws TimeoutException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    List<Suspension> held = new ArrayList<>();
    boolean complete = false;
    try {
      for (Task task : tasks) {
        if (task.thread() != Thread.currentThread()) {
          held.add(task.suspend(Duration.ofNanos(Math.max(0, deadline - System.nanoTime()))));
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
   */
  public Snapshot snapshot(Collection<Task> tasks, Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
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

  /** Takes no more tasks, waits for those it has, and ends its OS threads. */
  @Override
  public void close() {
    closing = true;
    boolean interrupted = false;
    while (!live.isEmpty()) {
      for (Task task : live.values()) {
        try {
          task.join();
        } catch (InterruptedException e) {
          interrupted = true;
          live.values().forEach(each -> each.thread().interrupt());
        }
      }
    }
    over = true;
    workers.forEach(Carrier::stop);
    spares.forEach(Carrier::stop);
    LockSupport.unpark(monitor);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  long nextId() {
    return ids.incrementAndGet();
  }

  void started(Task task) {
    live.put(task.id(), task);
  }

  void ended(Task task) {
    live.remove(task.id());
  }

  void shared(Task task) {
    shared.offer(task);
  }

  @Nullable Task pollShared() {
    return shared.poll();
  }

  /** Puts a ready task where it will run; from any thread, never blocks. */
  void enqueue(Task task, boolean next) {
    Carrier mine = here();
    if (mine != null) {
      mine.push(task, next);
      // One task in the next slot runs when the running one parks; the monitor looks after it.
      if (!next || mine.queue.size() > 1) {
        wake();
      }
    } else {
      shared.offer(task);
      wake();
    }
    if (monitorRests) {
      LockSupport.unpark(monitor);
    }
  }

  /** The worker that runs the calling code, if it is this scheduler's. */
  private @Nullable Carrier here() {
    Thread thread = Thread.currentThread();
    Carrier carrier = null;
    if (thread instanceof Carrier.Worker worker) {
      carrier = worker.carrier;
    } else {
      Task task = Task.of(thread);
      carrier = task == null ? null : task.carrier;
    }
    return carrier == null || carrier.isWired() || carrier.replaced || !owns(carrier)
        ? null
        : carrier;
  }

  private boolean owns(Carrier carrier) {
    return carrier.belongsTo(this);
  }

  private void wake() {
    if (searching.get() == 0 && !idle.isEmpty() && searching.compareAndSet(0, 1)) {
      Carrier sleeper = idle.poll();
      if (sleeper == null) {
        searching.decrementAndGet();
      } else {
        sleeper.wakeSearching();
      }
    }
  }

  /** Looks for work outside the carrier's own queue. */
  @Nullable Task search(Carrier carrier) {
    Task task = shared.poll();
    if (task != null) {
      return task;
    }
    if (!carrier.searching) {
      carrier.searching = true;
      searching.incrementAndGet();
    }
    Object[] all = workers.toArray();
    int first = all.length == 0 ? 0 : ThreadLocalRandom.current().nextInt(all.length);
    for (int i = 0; i < all.length; i++) {
      Carrier victim = (Carrier) all[(first + i) % all.length];
      if (victim != carrier) {
        task = victim.queue.steal();
        if (task != null) {
          return task;
        }
      }
    }
    return shared.poll();
  }

  /** The carrier is no longer looking: the last one that looked sends another. */
  void found(Carrier carrier) {
    carrier.searching = false;
    if (searching.decrementAndGet() == 0 && hasWork()) {
      wake();
    }
  }

  private boolean hasWork() {
    if (!shared.isEmpty()) {
      return true;
    }
    for (Carrier worker : workers) {
      if (!worker.queue.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** Parks a carrier that found nothing until there is work; false when all is over. */
  boolean rest(Carrier carrier) {
    if (over) {
      carriers.decrementAndGet();
      return false;
    }
    carrier.idle = true;
    idle.add(carrier);
    if (carrier.searching) {
      carrier.searching = false;
      searching.decrementAndGet();
    }
    // Whoever offered before it could see us idle is seen here.
    if (hasWork() && idle.remove(carrier)) {
      carrier.idle = false;
      return true;
    }
    while (carrier.idle && !over) {
      LockSupport.park(this);
    }
    return true;
  }

  /** The carrier's task took its OS thread: others get the work and the place. */
  void leave(Carrier carrier) {
    workers.remove(carrier);
    drain(carrier);
    if (!carrier.replaced) {
      carrier.replaced = true;
      replace();
    }
  }

  private void drain(Carrier carrier) {
    for (Task task = carrier.queue.poll(); task != null; task = carrier.queue.poll()) {
      shared.offer(task);
    }
    wake();
  }

  private void replace() {
    Carrier spare = spares.poll();
    if (spare == null) {
      addWorker();
    } else {
      spare.replaced = false;
      workers.add(spare);
      spare.unpark();
    }
  }

  private void addWorker() {
    int number = carriers.incrementAndGet();
    Carrier worker = new Carrier(this, name + "-carrier-" + number);
    workers.add(worker);
    TemplateThread.start(worker::start);
  }

  /** A carrier whose place was taken waits for another; false if it is to end. */
  boolean rejoin(Carrier carrier) {
    workers.remove(carrier);
    drain(carrier);
    if (spares.size() >= parallelism + 1) {
      carriers.decrementAndGet();
      return false;
    }
    spares.add(carrier);
    while (carrier.replaced) {
      if (over) {
        carriers.decrementAndGet();
        return false;
      }
      LockSupport.park(this);
    }
    return true;
  }

  void gone() {
    carriers.decrementAndGet();
  }

  /** The monitor's life: sees carriers that are stuck and slices that are over. */
  private void watch() {
    record Seen(int tick, int slice, long since) {}
    java.util.Map<Carrier, Seen> seen = new java.util.HashMap<>();
    long look = SHORTEST_LOOK;
    int quiet = 0;
    while (!over) {
      boolean busy = false;
      long now = System.nanoTime();
      seen.keySet().retainAll(workers);
      for (Carrier worker : workers) {
        if (!worker.busy) {
          seen.remove(worker);
          continue;
        }
        busy = true;
        Seen before = seen.get(worker);
        Seen current = new Seen(worker.tick, worker.slice, now);
        if (before == null || before.slice() != current.slice()) {
          seen.put(worker, current);
          continue;
        }
        if (!worker.queue.isEmpty()) {
          wake();
        }
        if (now - before.since() > SLICE) {
          worker.sliceOver = true;
          if (before.tick() == current.tick() && hasWork() && idle.isEmpty()) {
            handOff(worker);
          }
          seen.put(worker, current);
        }
      }
      quiet = busy ? 0 : quiet + 1;
      look = busy ? Math.min(look * 2, LONGEST_LOOK) : look;
      if (quiet > 50) {
        monitorRests = true;
        if (!hasWork() && !anyBusy()) {
          LockSupport.park(this);
        }
        monitorRests = false;
        quiet = 0;
        look = SHORTEST_LOOK;
      } else {
        LockSupport.parkNanos(this, Math.max(look, SHORTEST_LOOK));
      }
    }
  }

  private boolean anyBusy() {
    for (Carrier worker : workers) {
      if (worker.busy) {
        return true;
      }
    }
    return false;
  }

  private void handOff(Carrier stuck) {
    if (carriers.get() < MOST_CARRIERS && workers.contains(stuck) && !stuck.replaced) {
      stuck.replaced = true;
      replace();
    }
  }
}
