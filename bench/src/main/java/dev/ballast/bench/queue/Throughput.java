package dev.ballast.bench.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Elements through a queue by producers and consumers of different threads. The figure is elements
 * polled; backlog is held below {@link #BACKLOG} for every queue, so that bounded and unbounded
 * ones do the same work.
 */
@State(Scope.Group)
public class Throughput {
  private static final int CAPACITY = 65_536;
  private static final int BACKLOG = 32_768;
  private static final int SIDE = 8;
  private static final int REPORT_EVERY = 256;
  private static final int LINE = 16;
  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final Integer ELEMENT = 42;

  @Param({"JDK_CONCURRENT_LINKED"})
  public String subject = "";

  private Queue<Object> queue = Subject.JDK_CONCURRENT_LINKED.create(2);
  private final long[] offered = new long[SIDE * LINE + LINE];
  private final long[] polled = new long[SIDE * LINE + LINE];
  private final AtomicInteger producers = new AtomicInteger();
  private final AtomicInteger consumers = new AtomicInteger();

  @Setup(Level.Iteration)
  public void create() {
    queue = Subject.named(subject).create(CAPACITY);
    java.util.Arrays.fill(offered, 0);
    java.util.Arrays.fill(polled, 0);
    producers.set(0);
    consumers.set(0);
  }

  /** One producing thread's own counters. */
  @State(Scope.Thread)
  public static class Producer {
    private int slot;
    private long count;

    @Setup(Level.Iteration)
    public void join(Throughput group) {
      slot = (1 + group.producers.getAndIncrement()) * LINE;
      count = 0;
    }
  }

  /** One consuming thread's own counters; JMH reports {@link #polls}. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Consumer {
    public long polls;
    private int slot;
    private long count;

    @Setup(Level.Iteration)
    public void join(Throughput group) {
      slot = (1 + group.consumers.getAndIncrement()) * LINE;
      count = 0;
      polls = 0;
    }
  }

  private void offer(Producer producer) {
    if (queue.offer(ELEMENT)) {
      if ((++producer.count & (REPORT_EVERY - 1)) == 0) {
        COUNT.setOpaque(offered, producer.slot, producer.count);
        if (total(offered) - total(polled) > BACKLOG) {
          backOff();
        }
      }
    } else {
      backOff();
    }
  }

  private void poll(Consumer consumer) {
    if (queue.poll() != null) {
      consumer.polls++;
      if ((++consumer.count & (REPORT_EVERY - 1)) == 0) {
        COUNT.setOpaque(polled, consumer.slot, consumer.count);
      }
    } else {
      backOff();
    }
  }

  private static long total(long[] counts) {
    long sum = 0;
    for (int slot = 1; slot <= SIDE; slot++) {
      sum += (long) COUNT.getOpaque(counts, slot * LINE);
    }
    return sum;
  }

  /** On failure all queues wait alike: a short spin, then the other threads' turn. */
  @SuppressWarnings(
      "ThreadPriorityCheck") // more threads than processors: a spin alone would starve
  private static void backOff() {
    for (int i = 0; i < 20; i++) {
      Thread.onSpinWait();
    }
    Thread.yield();
  }

  @Benchmark
  @Group("p1c1")
  @GroupThreads(1)
  public void p1c1Offer(Producer producer) {
    offer(producer);
  }

  @Benchmark
  @Group("p1c1")
  @GroupThreads(1)
  public void p1c1Poll(Consumer consumer) {
    poll(consumer);
  }

  @Benchmark
  @Group("p2c1")
  @GroupThreads(2)
  public void p2c1Offer(Producer producer) {
    offer(producer);
  }

  @Benchmark
  @Group("p2c1")
  @GroupThreads(1)
  public void p2c1Poll(Consumer consumer) {
    poll(consumer);
  }

  @Benchmark
  @Group("p2c2")
  @GroupThreads(2)
  public void p2c2Offer(Producer producer) {
    offer(producer);
  }

  @Benchmark
  @Group("p2c2")
  @GroupThreads(2)
  public void p2c2Poll(Consumer consumer) {
    poll(consumer);
  }

  @Benchmark
  @Group("p4c4")
  @GroupThreads(4)
  public void p4c4Offer(Producer producer) {
    offer(producer);
  }

  @Benchmark
  @Group("p4c4")
  @GroupThreads(4)
  public void p4c4Poll(Consumer consumer) {
    poll(consumer);
  }
}
