package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Numbered elements through a queue, from some producers to some consumers. Every element must
 * arrive once, and those of one producer at one consumer in the order they were sent.
 */
@SuppressWarnings("ThreadPriorityCheck") // two cores, up to eight threads
record Traffic(int producers, int consumers, int perProducer) {
  private static final long LIMIT_SECONDS = 120;

  /** How an element goes in; waits until it is in. */
  interface Intake {
    void put(Long element) throws Exception;
  }

  /** How an element comes out; null if there is none now. */
  interface Outlet {
    @Nullable Long take() throws Exception;
  }

  void through(ConcurrentQueue<Long> queue) {
    through(
        element -> {
          while (!queue.offer(element)) {
            Thread.yield();
          }
        },
        queue::poll);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.size()).isZero();
    assertThat(queue.poll()).isNull();
  }

  void through(Intake intake, Outlet outlet) {
    int[][] seen = new int[producers][perProducer];
    int[] sent = new int[producers];
    Load load = new Load(producers * perProducer);
    List<Callable<Void>> parts = new ArrayList<>();
    for (int p = 0; p < producers; p++) {
      int producer = p;
      parts.add(() -> {
        int i = 0;
        while (load.another(i, perProducer)) {
          intake.put((long) producer << 32 | i++);
        }
        sent[producer] = i;
        return null;
      });
    }
    for (int c = 0; c < consumers; c++) {
      parts.add(() -> consume(outlet, seen, load));
    }
    inParallel(parts);
    for (int p = 0; p < producers; p++) {
      int[] counts = seen[p];
      assertThat(Arrays.stream(counts, 0, sent[p]).allMatch(count -> count == 1))
          .as("every element once")
          .isTrue();
      assertThat(Arrays.stream(counts, sent[p], perProducer).allMatch(count -> count == 0))
          .as("none that was not sent")
          .isTrue();
    }
  }

  private @Nullable Void consume(Outlet outlet, int[][] seen, Load load) throws Exception {
    long[] latest = new long[producers];
    Arrays.fill(latest, -1);
    while (load.isUnderWay()) {
      Long element = outlet.take();
      if (element == null) {
        Thread.yield();
        continue;
      }
      int producer = (int) (element >> 32);
      int number = element.intValue();
      if (number <= latest[producer]) {
        throw new AssertionError(
            "producer=" + producer + " number=" + number + " after " + latest[producer]);
      }
      latest[producer] = number;
      // No two consumers may get the same element, so a lost update here is also a finding.
      seen[producer][number]++;
      load.arrived();
    }
    return null;
  }

  /** Runs all parts at once, and waits for them within a bound. */
  static void inParallel(List<Callable<Void>> parts) {
    ExecutorService threads = Executors.newFixedThreadPool(parts.size());
    List<Future<Void>> running = new ArrayList<>();
    for (Callable<Void> part : parts) {
      running.add(threads.submit(part));
    }
    try {
      for (Future<Void> part : running) {
        part.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    } finally {
      threads.shutdownNow();
    }
  }
}
