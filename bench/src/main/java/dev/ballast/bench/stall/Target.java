package dev.ballast.bench.stall;

import dev.ballast.bench.queue.Scheduling;
import dev.ballast.bench.queue.Subject;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The debugged process. For each trial a victim thread performs one operation on a fresh queue; the
 * debugger stops it somewhere inside and says so in {@link #stalled}; then the other threads must
 * go on. The fields are written and read by the debugger, by name.
 *
 * <p>Usage: {@code Target SUBJECT}; it runs trials until the debugger ends it.
 */
final class Target {
  /** How many offers and polls the others must get done while the victim stands. */
  static final int WORK = 300;

  /**
   * And how many at most: behind a gap an unbounded queue would take elements until memory ends. In
   * a bounded one who gets so far has let the other side get far beyond {@link #WORK}.
   */
  static final int MOST_WORK = 100_000;

  /** A queue that never holds more than this many is bounded in memory during a trial. */
  static final int CAPACITY = 16;

  // Written by the debugger before the trial.
  static volatile boolean offering;
  static volatile int prefill;
  static volatile long patienceMillis = 1_000;

  // Written by the debugger when the victim stands, and when it found the operation finished.
  static volatile boolean stalled;
  static volatile boolean finished;

  // Read by the debugger in verdict().
  static volatile String outcome = "";

  private Target() {}

  public static void main(String[] arguments) throws InterruptedException {
    Subject subject = Subject.named(arguments[0]);
    warmUp(subject);
    while (true) {
      trialBegins();
      trial(subject);
    }
  }

  /** The debugger has a breakpoint here and sets the trial's parameters. */
  static void trialBegins() {
    stalled = false;
    finished = false;
    outcome = "";
  }

  /** The debugger has a breakpoint here; the victim is about to perform its operation. */
  static void enter() {}

  /** The debugger has a breakpoint here; the operation came to its end. */
  static void leave() {
    finished = true;
  }

  /** The debugger has a breakpoint here and reads {@link #outcome}. */
  static void verdict() {}

  /** Loads and initialises every class of the operations, so that no trial stops inside that. */
  private static void warmUp(Subject subject) {
    for (int round = 0; round < 3; round++) {
      Queue<Object> queue = subject.create(CAPACITY);
      for (int i = 0; i < 5 * CAPACITY; i++) {
        if (!queue.offer(i)) {
          empty(queue);
        }
      }
      empty(queue);
      performOffer(queue);
      performPoll(queue);
    }
  }

  /** Not {@code clear()}, which some peers refuse. */
  private static void empty(Queue<Object> queue) {
    while (queue.poll() != null) {}
  }

  private static void trial(Subject subject) throws InterruptedException {
    Queue<Object> queue = subject.create(CAPACITY);
    for (int i = 0; i < prefill; i++) {
      queue.offer(i);
    }
    boolean victimOffers = offering;
    Thread victim =
        new Thread(
            () -> {
              enter();
              if (victimOffers) {
                performOffer(queue);
              } else {
                performPoll(queue);
              }
              leave();
            },
            "victim");
    victim.start();
    while (!stalled && !finished) {
      LockSupport.parkNanos(100_000);
    }
    if (stalled) {
      outcome = watch(subject, queue, victimOffers);
    }
    verdict();
    victim.join();
  }

  /** What the others can not do; empty when they go on. */
  private static String watch(Subject subject, Queue<Object> queue, boolean victimOffers)
      throws InterruptedException {
    boolean producerStands = victimOffers || subject.producerPolls();
    boolean mayOffer = !producerStands || subject.manyProducers();
    boolean mayPoll = victimOffers || subject.manyConsumers();
    Worker producer = new Worker(() -> queue.offer("other"), mayOffer);
    Worker consumer = new Worker(() -> take(queue) != null, mayPoll);
    // With one side missing the other only has to return: full or empty is then the truth.
    boolean both = mayOffer && mayPoll;
    producer.needsSuccess = both;
    consumer.needsSuccess = both;
    producer.start();
    consumer.start();
    long last = System.nanoTime();
    long seen = -1;
    while (!(producer.done() && consumer.done())) {
      long progress = producer.progress() + consumer.progress();
      long now = System.nanoTime();
      if (progress != seen) {
        seen = progress;
        last = now;
      } else if (now - last > TimeUnit.MILLISECONDS.toNanos(patienceMillis)) {
        break;
      }
      LockSupport.parkNanos(200_000);
    }
    String verdict =
        join(
            producer.complaint("offer() hangs", "offer() false for ever"),
            consumer.complaint("poll() hangs", "poll() null for ever"));
    producer.stop = true;
    consumer.stop = true;
    return verdict;
  }

  private static @Nullable Object take(Queue<Object> queue) {
    return queue instanceof Scheduling scheduling ? scheduling.steal() : queue.poll();
  }

  private static String join(String one, String other) {
    if (one.isEmpty() || other.isEmpty()) {
      return one + other;
    }
    return one + ", " + other;
  }

  private static void performOffer(Queue<Object> queue) {
    queue.offer("victim");
  }

  private static void performPoll(Queue<Object> queue) {
    queue.poll();
  }

  /** One of the others: repeats an operation until enough of them worked. */
  private static final class Worker extends Thread {
    private interface Operation {
      boolean perform();
    }

    private final Operation operation;
    private final boolean allowed;
    volatile boolean needsSuccess;
    volatile boolean stop;
    private volatile long calls;
    private volatile long successes;

    Worker(Operation operation, boolean allowed) {
      this.operation = operation;
      this.allowed = allowed;
      setDaemon(true);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, this thread
    public void run() {
      // Also when its own work is done: who stops polling keeps the others from offering.
      while (allowed && !stop && successes < MOST_WORK) {
        if (operation.perform()) {
          successes++;
        } else {
          Thread.onSpinWait();
        }
        calls++;
      }
    }

    boolean done() {
      return !allowed || progress() >= WORK;
    }

    long progress() {
      return needsSuccess ? successes : calls;
    }

    String complaint(String hangs, String never) {
      if (done()) {
        return "";
      }
      long before = calls;
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      return calls == before ? hangs : never;
    }
  }
}
