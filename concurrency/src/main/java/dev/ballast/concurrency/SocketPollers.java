package dev.ballast.concurrency;

import java.util.Iterator;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Where the JDK's own virtual threads run that wait for the sockets of the whole process: on the
 * workers of a native scheduler while there is one, as Go's scheduler polls the network itself.
 * Else each wake-up of a task would cross from the JDK's OS threads to ours. They are nobody's
 * task. What starts them here gives them this executor, as every virtual thread does to those that
 * it starts.
 */
final class SocketPollers implements Executor {
  private static final CopyOnWriteArrayList<NativePlacement> OPEN = new CopyOnWriteArrayList<>();

  /** Of the thread that starts them, which has to be clean and so runs where it was made. */
  private final LinkedBlockingQueue<Runnable> starting = new LinkedBlockingQueue<>();

  private volatile @Nullable Runnable starter;

  private SocketPollers() {}

  /** Starts them on the calling thread, unless something did before. */
  static void start(Runnable initialise) throws InterruptedException {
    SocketPollers pollers = new SocketPollers();
    Thread thread = JdkInternals.get().create(pollers, "ballast-socket-pollers", initialise);
    thread.start();
    while (thread.isAlive()) {
      pollers.starting.take().run();
    }
  }

  static void opened(NativePlacement workers) {
    OPEN.add(workers);
  }

  /** No more come to these workers; what waits there has to be given away. */
  static void closed(NativePlacement workers) {
    OPEN.remove(workers);
  }

  /** The carrier under a virtual thread that is no task. */
  static @Nullable Carrier carrierOf(Thread thread) {
    return JdkInternals.schedulerOf(thread) instanceof SocketPollers
            && JdkInternals.carrierThreadOf(thread) instanceof Carrier.OwnThread own
        ? own.carrier
        : null;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // a continuation is known by identity
  public void execute(Runnable continuation) {
    if (starter == null) {
      starter = continuation;
    }
    if (continuation == starter) {
      starting.add(continuation);
    } else {
      place(continuation);
    }
  }

  static void place(Runnable continuation) {
    if (Thread.currentThread() instanceof Carrier.OwnThread own
        && own.carrier instanceof Worker worker
        && !worker.workers.isOver()) {
      // It gives way here, and is looked at again when the tasks that it woke have run.
      worker.workers.poll(continuation, false);
      return;
    }
    Iterator<NativePlacement> open = OPEN.iterator();
    if (open.hasNext()) {
      open.next().poll(continuation, true);
    } else {
      JdkInternals.get().defaultScheduler().execute(continuation);
    }
  }
}
