package dev.ballast.concurrency;

import dev.ballast.queues.ConcurrentQueue;
import dev.ballast.queues.Queues;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The OS threads of a native scheduler: as many workers as its parallelism, and spares that take
 * the place of one that a task locked or blocks.
 */
final class NativePlacement implements Placement {
  /** Kept ready for tasks that lock an OS thread, since a thread takes long to start. */
  private static final int SPARES = 2;

  private final String name;
  private final int parallelism;
  private final ConcurrentQueue<Task> shared = Queues.unbounded().build();
  private final ConcurrentQueue<Runnable> polls = Queues.unbounded().build();
  private final CopyOnWriteArrayList<Worker> workers = new CopyOnWriteArrayList<>();
  private final ConcurrentLinkedDeque<Worker> idle = new ConcurrentLinkedDeque<>();
  private final AtomicInteger searching = new AtomicInteger();
  private final AtomicInteger threads = new AtomicInteger();
  private final AtomicInteger numbers = new AtomicInteger();

  /** For who has a place: rare, and of the tasks none takes it. */
  private final ReentrantLock places = new ReentrantLock();

  // Guarded by places.
  private final ArrayDeque<Worker> spares = new ArrayDeque<>();
  private int vacant;
  private int coming;

  /** How many more places there are than the parallelism; changed under the lock of places. */
  private final AtomicInteger surplus = new AtomicInteger();

  private final int maxPinned;
  private final StartFailures failures;

  private final CarrierWatch watch;
  private volatile boolean locksUsed;
  private volatile boolean over;

  NativePlacement(Options options) {
    this.name = options.name();
    this.parallelism = options.parallelism();
    this.maxPinned = options.maxPinned();
    this.failures = new StartFailures(name);
    this.watch = new CarrierWatch(this, options.preemptAfter());
  }

  void start() {
    places.lock();
    try {
      vacant = parallelism;
      order();
    } finally {
      places.unlock();
    }
    watch.start(name + "-watch", failures);
    SocketPollers.opened(this);
  }

  @Override
  public Thread thread(Task task, String threadName, Runnable body) {
    return JdkInternals.get().create(task.submissions(), threadName, body);
  }

  @Override
  public void enqueue(Task task, boolean next) {
    Worker mine = here();
    if (mine != null) {
      mine.push(task, next);
      // One task in the next slot runs when the running one parks; the watch looks after it.
      if (!next || mine.waiting() > 1) {
        wake();
      }
    } else {
      shared.offer(task);
      wake();
    }
    watch.attend();
  }

  /** As Go's scheduler does: else a few that never park keep those from outside waiting. */
  @Override
  public void enqueueLast(Task task) {
    shared.offer(task);
    wake();
    watch.attend();
  }

  /** The worker that runs the calling code, if it has a place here. */
  private @Nullable Worker here() {
    Thread thread = Thread.currentThread();
    Carrier carrier;
    if (thread instanceof Carrier.OwnThread own) {
      carrier = own.carrier;
    } else {
      Task task = Task.of(thread);
      carrier = task == null ? SocketPollers.carrierOf(thread) : task.carrier;
    }
    return carrier instanceof Worker worker
            && worker.workers == this
            && !worker.replaced
            && worker.wiredTo() == null
        ? worker
        : null;
  }

  @Override
  public boolean alwaysGivesWay() {
    return false;
  }

  @Override
  public long roughNow() {
    return watch.roughNow();
  }

  @Override
  public Capabilities capabilities() {
    return Capabilities.ofNative();
  }

  @Override
  public String statistics() {
    StringBuilder local = new StringBuilder();
    for (Worker worker : workers) {
      local.append(local.isEmpty() ? "" : " ").append(worker.waiting());
    }
    return "parallelism=%d idle=%d threads=%d spinning=%d spares=%d pinned=%d/%d runqueue=%d [%s]%s"
        .formatted(
            parallelism,
            idle.size(),
            threads.get(),
            searching.get(),
            spares(),
            pinnedNow(),
            maxPinned,
            shared.size(),
            local,
            failures.shortage().isPresent() ? " shortage" : "");
  }

  @Override
  public Optional<String> shortage() {
    return failures.shortage();
  }

  @Override
  public List<Task> pinned() {
    List<Task> pinned = new ArrayList<>();
    for (Worker worker : workers) {
      Task task = worker.current();
      if (worker.replaced && task != null) {
        pinned.add(task);
      }
    }
    return pinned;
  }

  int maxPinned() {
    return maxPinned;
  }

  String name() {
    return name;
  }

  /** Of the pinned those that count: one that the JVM has stopped uses no processor. */
  int pinnedNow() {
    int count = 0;
    for (Worker worker : workers) {
      Task task = worker.current();
      if (worker.replaced && task != null && !task.isStoppedMounted()) {
        count++;
      }
    }
    return count;
  }

  private int spares() {
    places.lock();
    try {
      return spares.size();
    } finally {
      places.unlock();
    }
  }

  void share(Task task) {
    shared.offer(task);
  }

  @Nullable Task pollShared() {
    return shared.poll();
  }

  /**
   * Takes in one of the JDK's threads that look for ready sockets.
   *
   * @param now else it may wait for the tasks that are here already
   */
  void poll(Runnable poller, boolean now) {
    polls.offer(poller);
    if (now) {
      wake();
      watch.attend();
    }
    if (over) {
      giveAwayPolls();
    }
  }

  /** One of them, to be run. */
  @Nullable Runnable nextPoll() {
    return polls.poll();
  }

  private void giveAwayPolls() {
    for (Runnable poller = polls.poll(); poller != null; poller = polls.poll()) {
      SocketPollers.place(poller);
    }
  }

  void wake() {
    // What was offered must be visible before we look whether somebody still searches.
    VarHandle.fullFence();
    while (searching.get() == 0 && !idle.isEmpty() && searching.compareAndSet(0, 1)) {
      Worker sleeper = idle.poll();
      if (sleeper != null) {
        sleeper.wakeSearching();
        return;
      }
      // Who offered meanwhile saw us search and left it to us.
      searching.decrementAndGet();
      if (!hasWork()) {
        return;
      }
    }
  }

  /** Looks for work outside the worker's own queue. */
  @Nullable Task search(Worker worker) {
    Task task = shared.poll();
    if (task != null) {
      return task;
    }
    if (!worker.searching) {
      worker.searching = true;
      searching.incrementAndGet();
    }
    Object[] all = workers.toArray();
    int first = all.length == 0 ? 0 : ThreadLocalRandom.current().nextInt(all.length);
    for (int i = 0; i < all.length; i++) {
      Worker victim = (Worker) all[(first + i) % all.length];
      if (victim != worker) {
        task = worker.queue.stealFrom(victim.queue);
        if (task == null) {
          task = victim.born.steal();
        }
        if (task != null) {
          return task;
        }
      }
    }
    return shared.poll();
  }

  /** The worker is no longer looking: the last one that looked sends another. */
  void found(Worker worker) {
    worker.searching = false;
    if (searching.decrementAndGet() == 0 && hasWork()) {
      wake();
    }
  }

  boolean hasWork() {
    if (!shared.isEmpty() || !polls.isEmpty()) {
      return true;
    }
    for (Worker worker : workers) {
      if (worker.waiting() > 0) {
        return true;
      }
    }
    return false;
  }

  /** How many wait; nearly true. */
  int waiting() {
    long count = shared.size();
    for (Worker worker : workers) {
      count += worker.waiting();
    }
    return (int) Math.min(Integer.MAX_VALUE, count);
  }

  boolean nobodyIdle() {
    return idle.isEmpty();
  }

  Iterable<Worker> all() {
    return workers;
  }

  /** Parks a worker that found nothing until there is work; false when all is over. */
  boolean rest(Worker worker) {
    if (over) {
      gone();
      return false;
    }
    worker.idle = true;
    idle.add(worker);
    if (worker.searching) {
      worker.searching = false;
      searching.decrementAndGet();
    }
    // Whoever offered before it could see us idle is seen here.
    VarHandle.fullFence();
    if (hasWork() && idle.remove(worker)) {
      worker.idle = false;
      return true;
    }
    worker.waitUntil(worker::isWanted);
    return true;
  }

  /** The task on this worker took its OS thread: others get the work and the place. */
  void leave(Worker worker) {
    places.lock();
    try {
      if (workers.remove(worker) && !worker.replaced) {
        worker.replaced = true;
        replace();
      }
    } finally {
      places.unlock();
    }
    drain(worker);
  }

  private void drain(Worker worker) {
    boolean any = false;
    for (Task task = worker.take(); task != null; task = worker.take()) {
      shared.offer(task);
      any = true;
    }
    if (any) {
      wake();
    }
  }

  /** Its place is another's, unless it was one too many. */
  private void replace() {
    if (surplus.get() > 0) {
      surplus.decrementAndGet();
    } else {
      addPlace();
    }
  }

  private void addPlace() {
    Worker spare = spares.poll();
    if (spare == null) {
      vacant++;
    } else {
      place(spare);
      spare.unpark();
    }
    order();
  }

  private void place(Worker worker) {
    worker.replaced = false;
    workers.add(worker);
  }

  /** Has as many threads started as are missing. */
  private void order() {
    while (spares.size() + coming < vacant + (locksUsed ? SPARES : 0)) {
      Worker worker = new Worker(this, name + "-carrier-" + numbers.incrementAndGet());
      coming++;
      threads.incrementAndGet();
      TemplateThread.startUntilItRuns(failures, () -> isWanted(worker), worker::start);
    }
  }

  /** Whether a thread that could not be started is still to be. */
  private boolean isWanted(Worker worker) {
    places.lock();
    try {
      if (!over) {
        return true;
      }
      worker.arrived = true;
      coming--;
    } finally {
      places.unlock();
    }
    gone();
    return false;
  }

  @Override
  public void willNeedCarrier() {
    if (!locksUsed) {
      locksUsed = true;
      TemplateThread.start(() -> {
        Kernel.linkTid();
        places.lock();
        try {
          order();
        } finally {
          places.unlock();
        }
      });
    }
  }

  /** A worker without a place waits for one; false if it is to end. */
  boolean rejoin(Worker worker) {
    boolean kept;
    places.lock();
    try {
      if (!worker.arrived) {
        worker.arrived = true;
        coming--;
      } else {
        boolean _ = workers.remove(worker);
      }
      if (vacant > 0) {
        vacant--;
        place(worker);
        return true;
      }
      kept = spares.size() < parallelism + SPARES;
      if (kept) {
        spares.add(worker);
      }
    } finally {
      places.unlock();
    }
    drain(worker);
    while (kept && worker.replaced && !over) {
      LockSupport.park(this);
    }
    if (worker.replaced) {
      gone();
    }
    return !worker.replaced;
  }

  void gone() {
    threads.decrementAndGet();
  }

  @Override
  public void stuck(Carrier carrier) {
    if (carrier instanceof Worker worker && worker.workers == this) {
      handOff(worker);
    }
  }

  /**
   * Gives the place of a worker whose task does not get on to another; false if as many have no
   * place as may.
   */
  boolean handOff(Worker worker) {
    places.lock();
    try {
      if (!worker.replaced && workers.contains(worker)) {
        Task task = worker.current();
        if (pinnedNow() >= maxPinned && (task == null || !task.isStoppedMounted())) {
          return false;
        }
        worker.replaced = true;
        replace();
      }
    } finally {
      places.unlock();
    }
    wake();
    return true;
  }

  /** Has so many more run tasks for a while: those that run now may all be loops. */
  void addSurplus(int count) {
    places.lock();
    try {
      for (int i = 0; i < count; i++) {
        surplus.incrementAndGet();
        addPlace();
      }
    } finally {
      places.unlock();
    }
    wake();
  }

  boolean hasSurplus() {
    return surplus.get() > 0;
  }

  /** Takes the place of a worker that has nothing to do, if there are too many. */
  boolean givesUpPlace(Worker worker) {
    places.lock();
    try {
      if (surplus.get() == 0 || worker.replaced) {
        return false;
      }
      surplus.decrementAndGet();
      worker.replaced = true;
      return true;
    } finally {
      places.unlock();
    }
  }

  @Override
  public void whenQuiet(Runnable action) {
    watch.whenQuiet(action);
  }

  @Override
  public void stop() {
    SocketPollers.closed(this);
    over = true;
    giveAwayPolls();
    workers.forEach(Worker::unpark);
    places.lock();
    try {
      spares.forEach(Worker::unpark);
    } finally {
      places.unlock();
    }
    watch.stop();
  }

  boolean isOver() {
    return over;
  }
}
