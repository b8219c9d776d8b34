package dev.ballast.queues;

import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Races of two threads on a real processor, run by {@link RacesIT}: what a producer wrote before it
 * offered is seen by who polled, and who waits is woken.
 */
public final class Races {
  private Races() {}

  /** An element whose content is written without any order of its own. */
  static final class Box {
    int content;

    Box(int content) {
      this.content = content;
    }
  }

  static final int NOTHING = -1;

  /** A wait that was not ended by a wake-up lasts this long; a right one takes microseconds. */
  static final long PATIENCE_MILLIS = 2_000;

  @Outcome(id = "-1, 12", expect = Expect.ACCEPTABLE, desc = "polled before the first offer")
  @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "polled the first")
  @Outcome(expect = Expect.FORBIDDEN, desc = "lost, doubled, out of order or without its content")
  static final class Published {
    private Published() {}
  }

  @Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "woken, with the element")
  @Outcome(expect = Expect.FORBIDDEN, desc = "lost element or lost wake-up")
  static final class Woken {
    private Woken() {}
  }

  @Outcome(id = "1, -1, 0", expect = Expect.ACCEPTABLE, desc = "the first got it")
  @Outcome(id = "-1, 1, 0", expect = Expect.ACCEPTABLE, desc = "the second got it")
  @Outcome(expect = Expect.FORBIDDEN, desc = "both or neither got the only element")
  static final class TakenOnce {
    private TakenOnce() {}
  }

  @Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "accepted, and seen before the end")
  @Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "refused, and never seen")
  @Outcome(expect = Expect.FORBIDDEN, desc = "accepted after the end, or lost")
  static final class Ended {
    private Ended() {}
  }

  /** One thread offers while the consumer closes, and takes until the queue says it is drained. */
  abstract static class Ending {
    private final ConcurrentQueue<Box> queue;

    Ending(ConcurrentQueue<Box> queue) {
      this.queue = queue;
    }

    final void offerOne(III_Result result) {
      result.r1 = queue.offer(new Box(1)) ? 1 : 0;
    }

    final void closeAndDrain(III_Result result) {
      queue.close();
      Box box = queue.poll();
      while (box != null || !queue.isDrained()) {
        result.r2 += box == null ? 0 : box.content;
        box = queue.poll();
      }
    }

    final void rest(III_Result result) {
      result.r3 = queue.size() + (queue.poll() == null ? 0 : 1);
    }
  }

  /** One thread offers two elements while another polls. */
  abstract static class Passing {
    private final Queue<Box> queue;

    Passing(Queue<Box> queue) {
      this.queue = queue;
    }

    final void offerTwo() {
      queue.offer(new Box(1));
      queue.offer(new Box(2));
    }

    final void pollOne(II_Result result) {
      result.r1 = content(queue.poll());
    }

    final void rest(II_Result result) {
      for (Box box = queue.poll(); box != null; box = queue.poll()) {
        result.r2 = result.r2 * 10 + box.content;
      }
    }
  }

  static int content(@Nullable Box box) {
    return box == null ? NOTHING : box.content;
  }

  private static @Nullable Box pollPatiently(ParkingQueue<Box> queue) {
    try {
      return queue.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts an actor", e);
    }
  }

  private static boolean offerPatiently(ParkingQueue<Box> queue, Box box) {
    try {
      return queue.offer(box, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts an actor", e);
    }
  }

  /** Whether a wait that began then was ended by the clock. */
  static int late(long begun, long patienceMillis) {
    return System.nanoTime() - begun >= TimeUnit.MILLISECONDS.toNanos(patienceMillis) ? 1 : 0;
  }

  @JCStressTest
  @JCStressMeta(Published.class)
  @State
  public static class SpscArray extends Passing {
    public SpscArray() {
      super(Family.SPSC_ARRAY.queue(2));
    }

    @Actor
    public void offering() {
      offerTwo();
    }

    @Actor
    public void polling(II_Result result) {
      pollOne(result);
    }

    @Arbiter
    public void after(II_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Published.class)
  @State
  public static class MpscArray extends Passing {
    public MpscArray() {
      super(Family.MPSC_ARRAY.queue(2));
    }

    @Actor
    public void offering() {
      offerTwo();
    }

    @Actor
    public void polling(II_Result result) {
      pollOne(result);
    }

    @Arbiter
    public void after(II_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Published.class)
  @State
  public static class SpmcArray extends Passing {
    public SpmcArray() {
      super(Family.SPMC_ARRAY.queue(2));
    }

    @Actor
    public void offering() {
      offerTwo();
    }

    @Actor
    public void polling(II_Result result) {
      pollOne(result);
    }

    @Arbiter
    public void after(II_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Published.class)
  @State
  public static class StrictMpmcArray extends Passing {
    public StrictMpmcArray() {
      super(Family.MPMC_ARRAY_STRICT.queue(2));
    }

    @Actor
    public void offering() {
      offerTwo();
    }

    @Actor
    public void polling(II_Result result) {
      pollOne(result);
    }

    @Arbiter
    public void after(II_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Published.class)
  @State
  public static class RelaxedMpmcArray extends Passing {
    public RelaxedMpmcArray() {
      super(Family.MPMC_ARRAY_RELAXED.queue(2));
    }

    @Actor
    public void offering() {
      offerTwo();
    }

    @Actor
    public void polling(II_Result result) {
      pollOne(result);
    }

    @Arbiter
    public void after(II_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Published.class)
  @State
  public static class FastMpmcArray extends Passing {
    public FastMpmcArray() {
      super(Family.MPMC_ARRAY_FAST.queue(2));
    }

    @Actor
    public void offering() {
      offerTwo();
    }

    @Actor
    public void polling(II_Result result) {
      pollOne(result);
    }

    @Arbiter
    public void after(II_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Published.class)
  @State
  public static class SpscUnbounded extends Passing {
    public SpscUnbounded() {
      super(Family.SPSC_UNBOUNDED.queue(2));
    }

    @Actor
    public void offering() {
      offerTwo();
    }

    @Actor
    public void polling(II_Result result) {
      pollOne(result);
    }

    @Arbiter
    public void after(II_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Published.class)
  @State
  public static class MpscUnbounded extends Passing {
    public MpscUnbounded() {
      super(Family.MPSC_UNBOUNDED.queue(2));
    }

    @Actor
    public void offering() {
      offerTwo();
    }

    @Actor
    public void polling(II_Result result) {
      pollOne(result);
    }

    @Arbiter
    public void after(II_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Published.class)
  @State
  public static class MpmcUnbounded extends Passing {
    public MpmcUnbounded() {
      super(Family.MPMC_UNBOUNDED.queue(2));
    }

    @Actor
    public void offering() {
      offerTwo();
    }

    @Actor
    public void polling(II_Result result) {
      pollOne(result);
    }

    @Arbiter
    public void after(II_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Published.class)
  @State
  public static class MpmcLinked extends Passing {
    public MpmcLinked() {
      super(Family.MPMC_LINKED.queue(2));
    }

    @Actor
    public void offering() {
      offerTwo();
    }

    @Actor
    public void polling(II_Result result) {
      pollOne(result);
    }

    @Arbiter
    public void after(II_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Woken.class)
  @State
  public static class TakerIsWoken {
    private final ParkingQueue<Box> queue = new ParkingQueue<>(Family.SPSC_ARRAY.<Box>queue(2), 0);

    @Actor
    public void putting() {
      queue.offer(new Box(1));
    }

    @Actor
    public void taking(III_Result result) {
      long begun = System.nanoTime();
      result.r1 = content(pollPatiently(queue));
      result.r2 = late(begun, PATIENCE_MILLIS);
    }

    @Arbiter
    public void after(III_Result result) {
      result.r3 = queue.size();
    }
  }

  @JCStressTest
  @JCStressMeta(Woken.class)
  @State
  public static class PutterIsWoken {
    private final ParkingQueue<Box> queue =
        new ParkingQueue<>(Family.MPMC_ARRAY_STRICT.<Box>queue(1), 0);

    public PutterIsWoken() {
      queue.offer(new Box(1));
    }

    @Actor
    public void putting(III_Result result) {
      long begun = System.nanoTime();
      boolean put = offerPatiently(queue, new Box(0));
      result.r2 = put ? late(begun, PATIENCE_MILLIS) : 1;
    }

    @Actor
    public void taking(III_Result result) {
      result.r1 = content(queue.poll());
    }

    @Arbiter
    public void after(III_Result result) {
      result.r3 = content(queue.poll());
    }
  }

  @JCStressTest
  @JCStressMeta(Woken.class)
  @State
  public static class TakerIsWokenByClosing {
    private final ParkingQueue<Box> queue =
        new ParkingQueue<>(Family.MPMC_UNBOUNDED.<Box>queue(2), 0);

    @Actor
    public void closing() {
      queue.close();
    }

    @Actor
    public void taking(III_Result result) {
      long begun = System.nanoTime();
      result.r1 = -content(pollPatiently(queue));
      result.r2 = late(begun, PATIENCE_MILLIS);
    }

    @Arbiter
    public void after(III_Result result) {
      result.r3 = queue.isDrained() ? 0 : 1;
    }
  }

  @JCStressTest
  @JCStressMeta(TakenOnce.class)
  @State
  public static class LastOfDeque {
    private final WorkStealingDeque<Box> deque = new WorkStealingDeque<>();

    @Actor
    public void owning(III_Result result) {
      deque.push(new Box(1));
      result.r1 = content(deque.pop());
    }

    @Actor
    public void stealing(III_Result result) {
      result.r2 = content(deque.steal());
    }

    @Arbiter
    public void after(III_Result result) {
      result.r3 = deque.size();
    }
  }

  /** Where the owner takes without a compare-and-set, and only its fence tells it of the thief. */
  @JCStressTest
  @Outcome(id = "2, 1, 0", expect = Expect.ACCEPTABLE, desc = "one each")
  @Outcome(id = "-1, 12, 0", expect = Expect.ACCEPTABLE, desc = "the thief got both")
  @Outcome(expect = Expect.FORBIDDEN, desc = "lost or doubled")
  @State
  public static class LastTwoOfDeque {
    private final WorkStealingDeque<Box> deque = new WorkStealingDeque<>();

    public LastTwoOfDeque() {
      deque.push(new Box(1));
      deque.push(new Box(2));
    }

    @Actor
    public void owning(III_Result result) {
      result.r1 = content(deque.pop());
    }

    @Actor
    public void stealing(III_Result result) {
      Box first = deque.steal();
      Box second = deque.steal();
      result.r2 = second == null ? content(first) : content(first) * 10 + content(second);
    }

    @Arbiter
    public void after(III_Result result) {
      result.r3 = deque.size();
    }
  }

  @JCStressTest
  @JCStressMeta(TakenOnce.class)
  @State
  public static class LastOfRunQueue {
    private final LocalRunQueue<Box> ring = new LocalRunQueue<>(2);
    private final LocalRunQueue<Box> thief = new LocalRunQueue<>(2);

    @Actor
    public void owning(III_Result result) {
      ring.offer(new Box(1));
      result.r1 = content(ring.poll());
    }

    @Actor
    public void stealing(III_Result result) {
      result.r2 = content(thief.stealFrom(ring));
    }

    @Arbiter
    public void after(III_Result result) {
      result.r3 = ring.size() + thief.size();
    }
  }

  @JCStressTest
  @JCStressMeta(Ended.class)
  @State
  public static class MpscUnboundedEnds extends Ending {
    public MpscUnboundedEnds() {
      super(Family.MPSC_UNBOUNDED.queue(2));
    }

    @Actor
    public void offering(III_Result result) {
      offerOne(result);
    }

    @Actor
    public void closing(III_Result result) {
      closeAndDrain(result);
    }

    @Arbiter
    public void after(III_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Ended.class)
  @State
  public static class StrictMpmcArrayEnds extends Ending {
    public StrictMpmcArrayEnds() {
      super(Family.MPMC_ARRAY_STRICT.queue(2));
    }

    @Actor
    public void offering(III_Result result) {
      offerOne(result);
    }

    @Actor
    public void closing(III_Result result) {
      closeAndDrain(result);
    }

    @Arbiter
    public void after(III_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Ended.class)
  @State
  public static class MpmcUnboundedEnds extends Ending {
    public MpmcUnboundedEnds() {
      super(Family.MPMC_UNBOUNDED.queue(2));
    }

    @Actor
    public void offering(III_Result result) {
      offerOne(result);
    }

    @Actor
    public void closing(III_Result result) {
      closeAndDrain(result);
    }

    @Arbiter
    public void after(III_Result result) {
      rest(result);
    }
  }

  @JCStressTest
  @JCStressMeta(Ended.class)
  @State
  public static class MpmcLinkedEnds extends Ending {
    public MpmcLinkedEnds() {
      super(Family.MPMC_LINKED.queue(2));
    }

    @Actor
    public void offering(III_Result result) {
      offerOne(result);
    }

    @Actor
    public void closing(III_Result result) {
      closeAndDrain(result);
    }

    @Arbiter
    public void after(III_Result result) {
      rest(result);
    }
  }
}
