package dev.ballast.concurrency;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinPool.ForkJoinWorkerThreadFactory;
import java.util.concurrent.ForkJoinWorkerThread;

/**
 * Makes workers of the common pool that the template thread starts, so that what a task did to its
 * OS thread does not pass to them, whoever's work makes the pool grow. The pool takes it from the
 * property {@value #PROPERTY}, which must be set before the pool's first use; starting a scheduler
 * early is enough.
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
  public ForkJoinWorkerThread newThread(ForkJoinPool pool) {
    return new Worker(pool);
  }

  private static final class Worker extends ForkJoinWorkerThread {
    Worker(ForkJoinPool pool) {
      super(null, pool, true);
    }

    @Override
    public void start() {
      TemplateThread.start(super::start);
    }
  }
}
