package dev.ballast.bench.stall;

import dev.ballast.bench.queue.Subject;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The debugged process of {@link Suspended}: four producers and four consumers on one queue, the
 * first producer being the one that is stopped now and then.
 *
 * <p>Usage: {@code SuspendedLoad SUBJECT}; it runs until the debugger ends it.
 */
final class SuspendedLoad {
  static final String VICTIM = "victim";
  private static final int SIDE = 4;
  private static final int CAPACITY = 1024;
  private static final Integer ELEMENT = 42;

  /** Read by the debugger. */
  static volatile long polled;

  private SuspendedLoad() {}

  public static void main(String[] arguments) throws InterruptedException {
    Queue<Object> queue = Subject.named(arguments[0]).create(CAPACITY);
    LongAdder polls = new LongAdder();
    for (int i = 0; i < SIDE; i++) {
      Thread producer = new Thread(() -> produce(queue), i == 0 ? VICTIM : "producer-" + i);
      producer.setDaemon(true);
      producer.start();
      Thread consumer = new Thread(() -> consume(queue, polls), "consumer-" + i);
      consumer.setDaemon(true);
      consumer.start();
    }
    while (true) {
      TimeUnit.MILLISECONDS.sleep(1);
      polled = polls.sum();
    }
  }

  private static void produce(Queue<Object> queue) {
    while (true) {
      if (!queue.offer(ELEMENT)) {
        backOff();
      }
    }
  }

  private static void consume(Queue<Object> queue, LongAdder polls) {
    while (true) {
      if (queue.poll() == null) {
        backOff();
      } else {
        polls.increment();
      }
    }
  }

  private static void backOff() {
    Thread.onSpinWait();
    Thread.yield();
  }
}
