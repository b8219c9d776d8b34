package dev.ballast.concurrency;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Starts all OS threads of this library. The kernel gives a new thread the namespaces, directory,
 * umask and priority of the one that starts it, so that one must never run tasks.
 */
final class TemplateThread {
  private static final LinkedBlockingQueue<Runnable> STARTS = new LinkedBlockingQueue<>();

  /** Looked at again and again until they say that they are done; this thread's own. */
  private static final List<BooleanSupplier> UNFINISHED = new ArrayList<>();

  private static final long SHORTEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(64);

  private static final Object STARTING = new Object();
  private static volatile @Nullable Thread thread;
  private static volatile int tid;

  static {
    CleanWorkers.useForCommonPool();
  }

  private TemplateThread() {}

  /**
   * Has something short done by this thread, as soon as it comes to it.
   *
   * @throws OutOfMemoryError if this is the first time and there is no thread to be had; the next
   *     call tries again
   */
  static void start(Runnable start) {
    if (thread == null) {
      startThis();
    }
    STARTS.add(start);
  }

  private static void startThis() {
    synchronized (STARTING) {
      if (thread == null) {
        Thread own = new Thread(TemplateThread::loop, "ballast-template");
        own.setDaemon(true);
        own.start();
        thread = own;
      }
    }
  }

  /**
   * Has an OS thread started, and again after a pause while there is none to be had.
   *
   * @param failures is told of the first failure and of its end
   * @param wanted whether it is still to be started; asked before each attempt but the first
   * @param start makes the thread and starts it
   */
  static void startUntilItRuns(StartFailures failures, BooleanSupplier wanted, Runnable start) {
    start(() -> {
      try {
        start.run();
      } catch (RuntimeException | Error e) {
        failures.failed(e);
        repeat(() -> startAgain(failures, wanted, start));
      }
    });
  }

  private static boolean startAgain(
      StartFailures failures, BooleanSupplier wanted, Runnable start) {
    try {
      if (wanted.getAsBoolean()) {
        start.run();
      }
    } catch (RuntimeException | Error e) {
      return false;
    }
    failures.over();
    return true;
  }

  /** The kernel's number, once the thread runs; 0 where there is no {@code /proc}. */
  static int tid() {
    if (tid == 0) {
      CountDownLatch ran = new CountDownLatch(1);
      start(ran::countDown);
      try {
        ran.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return tid;
  }

  /** Whether OS threads that the calling thread starts are clean. */
  static boolean isClean() {
    Thread caller = Thread.currentThread();
    return caller.equals(thread) || caller instanceof CleanThread;
  }

  /** Runs something short on a new thread that is as clean as this one; from this one. */
  static void runElsewhere(Runnable run) {
    new CleanThread(run).start();
  }

  private static final class CleanThread extends Thread {
    CleanThread(Runnable run) {
      super(run, "ballast-clean");
      setDaemon(true);
    }
  }

  /** For what runs here already: looks again, after a pause, until the answer is true. */
  static void repeat(BooleanSupplier done) {
    UNFINISHED.add(done);
  }

  private static void loop() {
    tid = Kernel.tid();
    if (!warmed()) {
      repeat(TemplateThread::warmed);
    }
    long pause = SHORTEST_PAUSE;
    while (true) {
      try {
        if (UNFINISHED.isEmpty()) {
          pause = SHORTEST_PAUSE;
          STARTS.take().run();
        } else {
          Runnable start = STARTS.poll(pause, TimeUnit.NANOSECONDS);
          pause = start == null ? Math.min(2 * pause, LONGEST_PAUSE) : SHORTEST_PAUSE;
          if (start != null) {
            start.run();
          }
          UNFINISHED.removeIf(BooleanSupplier::getAsBoolean);
        }
      } catch (InterruptedException e) {
        // Nobody's to interrupt.
      } catch (RuntimeException | Error e) {
        System.getLogger(TemplateThread.class.getName())
            .log(Level.ERROR, "cannot start an OS thread", e);
      }
    }
  }

  private static boolean warmed() {
    try {
      warm();
    } catch (InterruptedException e) {
      // Nobody's to interrupt.
    } catch (RuntimeException | Error e) {
      // There are too few threads to be had: later.
      return false;
    }
    return true;
  }

  /** Lets the JDK start here what it would start in the first task that sleeps or computes. */
  private static void warm() throws InterruptedException {
    if (JdkInternals.isPresent()) {
      warmTimers();
    }
    ForkJoinPool.commonPool().execute(() -> {});
    // Its own timer, of CompletableFuture's delays.
    var _ = ForkJoinPool.commonPool().schedule(() -> {}, 1, TimeUnit.NANOSECONDS);
    requireThreads(2);
    // Its virtual threads wait for the sockets of the whole process: they are nobody's task.
    if (JdkInternals.isPresent()) {
      SocketPollers.start(TemplateThread::warmPollers);
    } else {
      warmPollers();
    }
  }

  /** A class of the JDK that gets no thread while it is initialised is broken for good. */
  private static void requireThreads(int count) throws InterruptedException {
    CountDownLatch all = new CountDownLatch(count);
    for (int i = 0; i < count; i++) {
      runElsewhere(() -> {
        all.countDown();
        try {
          all.await(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          // Nobody's to interrupt.
        }
      });
    }
    all.await();
  }

  private static void warmPollers() {
    try {
      Class.forName("sun.nio.ch.Poller", true, null);
    } catch (ClassNotFoundException e) {
      // This JDK has another way.
    }
  }

  /**
   * Starts the JDK's timers of virtual threads: it has a power of two of them, and the number of
   * the OS thread that a virtual thread leaves says which one wakes it.
   */
  private static void warmTimers() throws InterruptedException {
    int processors = Runtime.getRuntime().availableProcessors();
    int timers =
        Integer.getInteger(
            "jdk.virtualThreadScheduler.timerQueues",
            Math.max(Integer.highestOneBit(processors / 4), 1));
    BitSet warm = new BitSet(timers);
    for (int i = 0; i < 8 * timers && warm.cardinality() < timers; i++) {
      FutureTask<Boolean> woken = new FutureTask<>(TemplateThread::sleepAndSayWhetherATimerWoke);
      Thread left = new Thread(woken);
      int timer = (int) left.threadId() & (timers - 1);
      // Not even started, it has taken a number: the next thread is another timer's.
      if (!warm.get(timer)) {
        left.start();
        left.join();
        warm.set(timer, woken.resultNow());
      }
    }
  }

  /** A virtual thread that cannot leave its OS thread, for some class is loaded, needs no timer. */
  private static boolean sleepAndSayWhetherATimerWoke() throws InterruptedException {
    AtomicBoolean woke = new AtomicBoolean();
    CountDownLatch ended = new CountDownLatch(1);
    Executor executor =
        run -> {
          woke.compareAndSet(
              false, Thread.currentThread().getName().equals("VirtualThread-unparker"));
          run.run();
        };
    JdkInternals.get()
        .create(
            executor,
            "warm",
            () -> {
              LockSupport.parkNanos(1);
              ended.countDown();
            })
        .start();
    ended.await();
    return woke.get();
  }
}
