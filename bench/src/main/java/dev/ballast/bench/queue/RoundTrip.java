package dev.ballast.bench.queue;

import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** An element goes to another thread through one queue and comes back through a second. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RoundTrip {
  private static final Integer ELEMENT = 42;

  @Param({"JDK_CONCURRENT_LINKED"})
  public String subject = "";

  private Queue<Object> there = Subject.JDK_CONCURRENT_LINKED.create(2);
  private Queue<Object> back = there;
  private volatile boolean stop;
  private Thread echo = Thread.currentThread();

  @Setup(Level.Iteration)
  public void start() {
    Queue<Object> in = Subject.named(subject).create(1024);
    Queue<Object> out = Subject.named(subject).create(1024);
    there = in;
    back = out;
    stop = false;
    echo =
        new Thread(
            () -> {
              while (!stop) {
                Object element = in.poll();
                if (element == null) {
                  Thread.onSpinWait();
                } else {
                  out.offer(element);
                }
              }
            },
            "echo");
    echo.start();
  }

  @TearDown(Level.Iteration)
  public void stop() throws InterruptedException {
    stop = true;
    echo.join();
  }

  @Benchmark
  public Object roundTrip() {
    there.offer(ELEMENT);
    Object element;
    while ((element = back.poll()) == null) {
      Thread.onSpinWait();
    }
    return element;
  }
}
