package dev.ballast.concurrency;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinPool.ForkJoinWorkerThreadFactory;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets the template thread alone make workers of a fork-join pool, so that what a task did to its
 * OS thread does not pass to them, whoever's work makes the pool grow: another thread gets no
 * worker, and the template thread submits something, which makes the pool ask again there. The
 * common pool takes it from the property {@value #PROPERTY}, which must be set before the pool's
 * first use.
 */
public final class CleanWorkers implements ForkJoinWorkerThreadFactory {
  static final String PROPERTY = "java.util.concurrent.ForkJoinPool.common.threadFactory";

  /** Pools that wait for the template thread. */
  private final Set<ForkJoinPool> growing = ConcurrentHashMap.newKeySet();

  /** For the JDK, which makes one by its name. */
  public CleanWorkers() {}

  static void useForCommonPool() {
    if (System.getProperty(PROPERTY) == null
        && ClassLoader.getSystemClassLoader().equals(CleanWorkers.class.getClassLoader())) {
      System.setProperty(PROPERTY, CleanWorkers.class.getName());
    }
  }

  @Override
  public @Nullable ForkJoinWorkerThread newThread(ForkJoinPool pool) {
    if (TemplateThread.isClean()) {
      return ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
    }
    if (growing.add(pool)) {
      TemplateThread.start(() -> {
        growing.remove(pool);
        Growth growth = new Growth(pool);
        growth.askForWorker();
        TemplateThread.repeat(growth);
      });
    }
    return null;
  }

  /**
   * Makes a pool ask for a worker on the template thread. The pool counts one from before it asks
   * until after it was told that it gets none; if it is full with that one, it does not ask here,
   * and must be made to later.
   */
  private static final class Growth implements BooleanSupplier {
    private final ForkJoinPool pool;
    private volatile boolean ran;

    Growth(ForkJoinPool pool) {
      this.pool = pool;
    }

    void askForWorker() {
      try {
        pool.execute(() -> ran = true);
      } catch (RejectedExecutionException e) {
        ran = true; // It was shut down, and finishes or drops what it has by itself.
      }
    }

    /**
     * A worker ran what was submitted here, so it finds what others submitted before. Where
     * something waits already, a pool does not ask for a worker, and each thread submits to a place
     * of its own: so this is another thread's turn.
     */
    @Override
    public boolean getAsBoolean() {
      if (!ran && pool.getPoolSize() < pool.getParallelism()) {
        TemplateThread.runElsewhere(this::askForWorker);
      }
      return ran;
    }
  }
}
