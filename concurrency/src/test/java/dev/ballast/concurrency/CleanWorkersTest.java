package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinPool.ForkJoinWorkerThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@DisplayNameGeneration(ReplaceUnderscores.class)
class CleanWorkersTest {
  /** Says no to the pool only when the template thread has done what it was asked for. */
  private static ForkJoinWorkerThreadFactory slow(ForkJoinWorkerThreadFactory workers) {
    return pool -> {
      var worker = workers.newThread(pool);
      if (worker == null) {
        CountDownLatch done = new CountDownLatch(1);
        TemplateThread.start(done::countDown);
        try {
          done.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return worker;
    };
  }

  @Test
  void a_pool_that_counts_the_worker_that_it_does_not_get_yet_gets_one_all_the_same()
      throws Exception {
    ForkJoinPool pool = new ForkJoinPool(1, slow(new CleanWorkers()), null, false);
    try {
      CompletableFuture<Integer> answer = CompletableFuture.supplyAsync(() -> 1, pool);
      assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(pool.getPoolSize()).isEqualTo(1);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void a_pool_that_got_no_worker_several_times_gets_one_in_the_end() throws Exception {
    CleanWorkers workers = new CleanWorkers();
    AtomicInteger refused = new AtomicInteger();
    ForkJoinWorkerThreadFactory grudging =
        pool -> {
          boolean refuse = TemplateThread.isClean() && refused.getAndIncrement() < 4;
          return refuse ? null : workers.newThread(pool);
        };
    ForkJoinPool pool = new ForkJoinPool(1, grudging, null, false);
    try {
      CompletableFuture<Integer> answer = CompletableFuture.supplyAsync(() -> 1, pool);
      assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(refused.get()).isGreaterThan(4);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void many_tasks_of_many_threads_all_run() throws Exception {
    ForkJoinPool pool = new ForkJoinPool(2, new CleanWorkers(), null, false);
    try {
      CountDownLatch ran = new CountDownLatch(4_000);
      for (int i = 0; i < 4; i++) {
        new Thread(
                () -> {
                  for (int n = 0; n < 1_000; n++) {
                    pool.execute(ran::countDown);
                  }
                })
            .start();
      }
      assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
    } finally {
      pool.shutdownNow();
    }
  }
}
