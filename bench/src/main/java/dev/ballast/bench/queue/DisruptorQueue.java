package dev.ballast.bench.queue;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.EventTranslatorOneArg;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.YieldingWaitStrategy;
import java.util.AbstractQueue;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** The Disruptor's ring as a queue of one consumer, one event a poll. */
final class DisruptorQueue extends AbstractQueue<Object> {
  private static final class Slot {
    private @Nullable Object element;
  }

  private static final EventTranslatorOneArg<Slot, Object> WRITING =
      (slot, _, element) -> slot.element = element;

  private final RingBuffer<Slot> ring;
  private final EventPoller<Slot> poller;
  private final EventPoller.Handler<Slot> taking = this::take;
  private @Nullable Object taken;

  private DisruptorQueue(RingBuffer<Slot> ring) {
    this.ring = ring;
    poller = ring.newPoller();
    ring.addGatingSequences(poller.getSequence());
  }

  static DisruptorQueue ofManyProducers(int capacity) {
    return new DisruptorQueue(
        RingBuffer.createMultiProducer(Slot::new, capacity, new YieldingWaitStrategy()));
  }

  static DisruptorQueue ofOneProducer(int capacity) {
    return new DisruptorQueue(
        RingBuffer.createSingleProducer(Slot::new, capacity, new YieldingWaitStrategy()));
  }

  private boolean take(Slot slot, long sequence, boolean last) {
    taken = slot.element;
    slot.element = null;
    return false;
  }

  @Override
  public boolean offer(Object element) {
    return ring.tryPublishEvent(WRITING, element);
  }

  @Override
  public @Nullable Object poll() {
    taken = null;
    try {
      poller.poll(taking);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return taken;
  }

  @Override
  public @Nullable Object peek() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Iterator<Object> iterator() {
    throw new UnsupportedOperationException();
  }

  @Override
  public int size() {
    return ring.getBufferSize() - (int) ring.remainingCapacity();
  }
}
