package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.queues.ParkingQueue;
import dev.ballast.queues.QueueClosedException;
import dev.ballast.queues.Queues;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Waiting for elements and for room, in many orders; a lost wake-up is a schedule that sleeps. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ParkingQueueSchedulesTest {
  private static final int SCHEDULES = 300;

  @Test
  void what_is_put_is_taken_once_and_all_who_wait_are_woken_by_the_end() throws Exception {
    Schedules.explore(
        SCHEDULES,
        1,
        scheduler -> {
          ParkingQueue<Integer> queue = Queues.bounded(2).buildParking();
          List<Integer> taken = Collections.synchronizedList(new ArrayList<>());
          List<Task> producers = new ArrayList<>();
          for (int p = 0; p < 3; p++) {
            int first = p * 10;
            producers.add(
                scheduler.go(
                    "producer " + p,
                    body(() -> {
                      for (int i = 0; i < 4; i++) {
                        queue.put(first + i);
                        Task.checkpoint();
                      }
                    })));
          }
          List<Task> consumers = new ArrayList<>();
          for (int c = 0; c < 2; c++) {
            consumers.add(
                scheduler.go(
                    "consumer " + c,
                    body(() -> {
                      try {
                        while (true) {
                          taken.add(queue.take());
                          Task.checkpoint();
                        }
                      } catch (QueueClosedException e) {
                        // The end.
                      }
                    })));
          }
          for (Task producer : producers) {
            producer.join();
          }
          queue.close();
          for (Task consumer : consumers) {
            consumer.join();
          }
          assertThat(taken).hasSize(12).doesNotHaveDuplicates();
        });
  }

  private interface Body {
    void run() throws InterruptedException;
  }

  private static Runnable body(Body body) {
    return () -> {
      try {
        body.run();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    };
  }
}
