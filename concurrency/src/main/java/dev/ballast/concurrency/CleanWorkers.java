package dev.ballast.concurrency;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinPool.ForkJoinWorkerThreadFactory;
import java.util.concurrent.ForkJoinWorkerThread;
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
    if (TemplateThread.isCurrent()) {
      return ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
    }
    TemplateThread.start(() -> {
      if (!pool.isShutdown()) {
        pool.execute(() -> {});
      }
    });
    return null;
  }
}
