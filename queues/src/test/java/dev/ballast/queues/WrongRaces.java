package dev.ballast.queues;

import java.util.AbstractQueue;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The same races on queues that are wrong on purpose: {@link RacesIT} requires them to be found.
 */
public final class WrongRaces {
  /** Short, since here waits do end by the clock. */
  private static final long PATIENCE_MILLIS = 50;

  /** About a microsecond, so that the moment is met also where processors are busy. */
  private static final int HESITATION = 100;

  private WrongRaces() {}

  private static void hesitate() {
    for (int i = 0; i < HESITATION; i++) {
      Thread.onSpinWait();
    }
  }

  /**
   * Room for two, with plain writes in the order that compiler and processor may make of them: the
   * count first. (Left in the other order, x86 hardly ever swaps them.)
   */
  static final class PlainQueue extends AbstractQueue<Races.Box> {
    private Races.@Nullable Box first;
    private Races.@Nullable Box second;
    private int offered;
    private int polled;

    @Override
    public boolean offer(Races.Box element) {
      int before = offered++;
      hesitate();
      if (before == 0) {
        first = new Races.Box(element.content);
      } else {
        second = new Races.Box(element.content);
      }
      return true;
    }

    @Override
    public Races.@Nullable Box poll() {
      if (polled == offered) {
        return null;
      }
      return polled++ == 0 ? first : second;
    }

    @Override
    public Races.@Nullable Box peek() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Iterator<Races.Box> iterator() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int size() {
      return offered - polled;
    }
  }

  /** Does not look for an element again once the offering thread can see that it waits. */
  static final class HastyParking {
    private final AtomicReference<Races.@Nullable Box> slot = new AtomicReference<>();
    private final AtomicReference<@Nullable Thread> waiter = new AtomicReference<>();

    void offer(Races.Box element) {
      slot.set(element);
      Thread waiting = waiter.get();
      if (waiting != null) {
        waiter.set(null);
        LockSupport.unpark(waiting);
      }
    }

    Races.@Nullable Box poll(long millis) {
      if (slot.get() == null) {
        hesitate();
        waiter.set(Thread.currentThread());
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = deadline - System.nanoTime();
            left > 0 && waiter.get() != null;
            left = deadline - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
      }
      return slot.get();
    }
  }

  @JCStressTest
  @JCStressMeta(Races.Published.class)
  @State
  public static class PlainPublication extends Races.Passing {
    public PlainPublication() {
      super(new PlainQueue());
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
  @JCStressMeta(Races.Woken.class)
  @State
  public static class LostWakeUp {
    private final HastyParking queue = new HastyParking();

    @Actor
    public void putting() {
      queue.offer(new Races.Box(1));
    }

    @Actor
    public void taking(III_Result result) {
      long begun = System.nanoTime();
      result.r1 = Races.content(queue.poll(PATIENCE_MILLIS));
      result.r2 = Races.late(begun, PATIENCE_MILLIS);
    }

    @Arbiter
    public void after(III_Result result) {
      result.r3 = 0;
    }
  }
}
