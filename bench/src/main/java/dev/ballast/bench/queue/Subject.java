package dev.ballast.bench.queue;

import dev.ballast.queues.Queues;
import dev.ballast.queues.Threads;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.function.IntFunction;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.jctools.queues.MpmcArrayQueue;
import org.jctools.queues.MpmcUnboundedXaddArrayQueue;
import org.jctools.queues.MpscArrayQueue;
import org.jctools.queues.MpscLinkedQueue;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jctools.queues.MpscUnboundedXaddArrayQueue;
import org.jctools.queues.SpmcArrayQueue;
import org.jctools.queues.SpscArrayQueue;
import org.jctools.queues.SpscLinkedQueue;
import org.jctools.queues.SpscUnboundedArrayQueue;

/**
 * A queue under study: ours, and those of others for comparison.
 *
 * <p>Capacities are asked for by the study: small ones where a full queue matters, large ones where
 * throughput does.
 */
@SuppressWarnings("ImmutableEnumChecker") // makers have no state
public enum Subject {
  BALLAST_SPSC_ARRAY(
      "**Ballast SpscArrayQueue**",
      1,
      1,
      n -> Queues.bounded(n).producers(Threads.ONE).consumers(Threads.ONE).build()),
  BALLAST_SPSC_UNBOUNDED(
      "**Ballast SpscUnboundedQueue**",
      1,
      1,
      _ -> Queues.unbounded().producers(Threads.ONE).consumers(Threads.ONE).build()),
  BALLAST_MPSC_ARRAY(
      "**Ballast MpscArrayQueue**", 9, 1, n -> Queues.bounded(n).consumers(Threads.ONE).build()),
  BALLAST_MPSC_UNBOUNDED(
      "**Ballast MpscUnboundedQueue**",
      9,
      1,
      _ -> Queues.unbounded().consumers(Threads.ONE).build()),
  BALLAST_SPMC_ARRAY(
      "**Ballast SpmcArrayQueue**", 1, 9, n -> Queues.bounded(n).producers(Threads.ONE).build()),
  BALLAST_MPMC_STRICT("**Ballast StrictMpmcArrayQueue**", 9, 9, n -> Queues.bounded(n).build()),
  BALLAST_MPMC_RELAXED(
      "**Ballast RelaxedMpmcArrayQueue**", 9, 9, n -> Queues.bounded(n).relaxed().build()),
  BALLAST_MPMC_UNBOUNDED("**Ballast MpmcUnboundedQueue**", 9, 9, _ -> Queues.unbounded().build()),
  BALLAST_MPMC_LINKED(
      "**Ballast MpmcLinkedQueue**", 9, 9, _ -> Queues.unbounded().linked().build()),
  BALLAST_MPMC_FAST(
      "**Ballast FastMpmcArrayQueue** (not lock-free)",
      9,
      9,
      n -> Queues.bounded(n).fast().build()),
  BALLAST_DEQUE_OWNER(
      "**Ballast WorkStealingDeque**, push and pop", 1, 9, _ -> Scheduling.dequeOfOwner()),
  BALLAST_DEQUE_THIEF(
      "**Ballast WorkStealingDeque**, push and steal", 1, 9, _ -> Scheduling.dequeOfThief()),
  BALLAST_RUN_QUEUE_OWNER(
      "**Ballast LocalRunQueue**, pushNext and poll", 1, 9, Scheduling::runQueueOfOwner),
  BALLAST_RUN_QUEUE_THIEF(
      "**Ballast LocalRunQueue**, offer and stealFrom", 1, 9, Scheduling::runQueueOfThief),
  JCTOOLS_SPSC_ARRAY("JCTools SpscArrayQueue", 1, 1, n -> new SpscArrayQueue<>(n)),
  JCTOOLS_SPSC_UNBOUNDED(
      "JCTools SpscUnboundedArrayQueue",
      1,
      1,
      n -> new SpscUnboundedArrayQueue<>(Math.min(n, 1024))),
  JCTOOLS_SPSC_LINKED("JCTools SpscLinkedQueue", 1, 1, _ -> new SpscLinkedQueue<>()),
  JCTOOLS_MPSC_ARRAY("JCTools MpscArrayQueue", 9, 1, n -> new MpscArrayQueue<>(n)),
  JCTOOLS_MPSC_LINKED("JCTools MpscLinkedQueue", 9, 1, _ -> new MpscLinkedQueue<>()),
  JCTOOLS_MPSC_UNBOUNDED(
      "JCTools MpscUnboundedArrayQueue",
      9,
      1,
      n -> new MpscUnboundedArrayQueue<>(Math.min(n, 1024))),
  JCTOOLS_MPSC_XADD(
      "JCTools MpscUnboundedXaddArrayQueue",
      9,
      1,
      n -> new MpscUnboundedXaddArrayQueue<>(Math.min(n, 1024))),
  JCTOOLS_SPMC_ARRAY("JCTools SpmcArrayQueue", 1, 9, n -> new SpmcArrayQueue<>(n)),
  JCTOOLS_MPMC_ARRAY("JCTools MpmcArrayQueue", 9, 9, n -> new MpmcArrayQueue<>(n)),
  JCTOOLS_MPMC_XADD(
      "JCTools MpmcUnboundedXaddArrayQueue",
      9,
      9,
      n -> new MpmcUnboundedXaddArrayQueue<>(Math.min(n, 1024))),
  AGRONA_MPSC_ARRAY(
      "Agrona ManyToOneConcurrentArrayQueue", 9, 1, n -> new ManyToOneConcurrentArrayQueue<>(n)),
  AGRONA_MPSC_LINKED(
      "Agrona ManyToOneConcurrentLinkedQueue", 9, 1, _ -> new ManyToOneConcurrentLinkedQueue<>()),
  AGRONA_MPMC_ARRAY(
      "Agrona ManyToManyConcurrentArrayQueue", 9, 9, n -> new ManyToManyConcurrentArrayQueue<>(n)),
  DISRUPTOR_ONE("Disruptor, one producer", 1, 1, DisruptorQueue::ofOneProducer),
  DISRUPTOR_MANY("Disruptor, many producers", 9, 1, DisruptorQueue::ofManyProducers),
  JDK_CONCURRENT_LINKED("JDK ConcurrentLinkedQueue", 9, 9, _ -> new ConcurrentLinkedQueue<>()),
  JDK_LINKED_TRANSFER("JDK LinkedTransferQueue", 9, 9, _ -> new LinkedTransferQueue<>()),
  JDK_ARRAY_BLOCKING("JDK ArrayBlockingQueue", 9, 9, n -> new ArrayBlockingQueue<>(n)),
  JDK_LINKED_BLOCKING("JDK LinkedBlockingQueue", 9, 9, n -> new LinkedBlockingQueue<>(n));

  private final String title;
  private final int producers;
  private final int consumers;
  private final IntFunction<Queue<Object>> maker;

  Subject(String title, int producers, int consumers, IntFunction<Queue<Object>> maker) {
    this.title = title;
    this.producers = producers;
    this.consumers = consumers;
    this.maker = maker;
  }

  /** Whether it is one of ours that claims that no thread can stop the others. */
  public boolean claimsLockFreedom() {
    return name().startsWith("BALLAST_") && this != BALLAST_MPMC_FAST;
  }

  /** Whether it is a scheduler's queue, which has no place among the benchmarks of queues. */
  public boolean isForScheduler() {
    return name().startsWith("BALLAST_DEQUE_") || name().startsWith("BALLAST_RUN_QUEUE_");
  }

  /** Whether the thread that polls is the one that offers, so that one stopped is both stopped. */
  public boolean producerPolls() {
    return this == BALLAST_DEQUE_OWNER || this == BALLAST_RUN_QUEUE_OWNER;
  }

  /** Library and class. */
  public String title() {
    return title;
  }

  public boolean manyProducers() {
    return producers > 1;
  }

  public boolean manyConsumers() {
    return consumers > 1;
  }

  /**
   * A fresh queue.
   *
   * @param capacity what a bounded one takes; the size of a segment where there are segments
   */
  public Queue<Object> create(int capacity) {
    return maker.apply(capacity);
  }

  /** The subject with this constant name. */
  public static Subject named(String name) {
    return valueOf(name);
  }

  /**
   * The subjects whose constant names begin with one of these.
   *
   * @throws IllegalArgumentException that says what there is, where one of these begins no name
   */
  public static List<Subject> beginning(List<String> prefixes) {
    for (String prefix : prefixes) {
      if (Arrays.stream(values()).noneMatch(subject -> subject.name().startsWith(prefix))) {
        throw new IllegalArgumentException(
            "no queue's name begins with " + prefix + "; there are " + Arrays.toString(values()));
      }
    }
    return Arrays.stream(values())
        .filter(subject -> prefixes.stream().anyMatch(subject.name()::startsWith))
        .toList();
  }
}
