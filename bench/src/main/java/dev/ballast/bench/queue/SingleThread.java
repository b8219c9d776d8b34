package dev.ballast.bench.queue;

import java.util.Queue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** One thread offers and polls, with some elements inside: the cost of an uncontended pair. */
@State(Scope.Thread)
public class SingleThread {
  private static final int INSIDE = 100;
  private static final Integer ELEMENT = 42;

  @Param({"JDK_CONCURRENT_LINKED"})
  public String subject = "";

  private Queue<Object> queue = Subject.JDK_CONCURRENT_LINKED.create(2);

  /** Once, so that the bytes of an iteration are those of its calls. */
  @Setup(Level.Trial)
  public void create() {
    queue = Subject.named(subject).create(65_536);
    for (int i = 0; i < INSIDE; i++) {
      queue.offer(ELEMENT);
    }
  }

  @Benchmark
  public void pair(Blackhole hole) {
    queue.offer(ELEMENT);
    hole.consume(queue.poll());
  }
}
