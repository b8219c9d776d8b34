package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.AbstractQueue;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A queue on which threads can wait, around any queue of the family: a taker for an element, a
 * putter for room. Calls that do not wait are as lock-free as the queue inside; who waits looks a
 * few times and then parks, so that virtual threads give up their carrier.
 *
 * <p>Who may call what is as for the queue inside: a queue for one consumer has one taker.
 *
 * <p>An interrupted wait throws {@link InterruptedException} with nothing taken or put; an element
 * that was taken is always returned, and the interruption left for the next wait. {@link #close}
 * wakes all: putters fail, takers get what is left and then fail. Waiting threads are woken in the
 * order they came, but one that comes at the right moment can be faster.
 *
 * @param <E> the elements
 */
public final class ParkingQueue<E> extends AbstractQueue<E>
    implements ConcurrentQueue<E>, BlockingQueue<E> {
  private static final int LOOKS_BEFORE_PARKING = 64;

  private static final VarHandle PUT_BACK;

  static {
    try {
      PUT_BACK = MethodHandles.lookup().findVarHandle(ParkingQueue.class, "putBack", PutBack.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ConcurrentQueue<E> queue;
  private final boolean bounded;
  private final int looks;
  private final WaitingRoom takers = new WaitingRoom();
  private final WaitingRoom putters = new WaitingRoom();
  private volatile boolean closing;

  /** Elements that a target of {@link #drainTo} refused; null as long as there never were any. */
  private volatile @Nullable PutBack<E> putBack;

  ParkingQueue(ConcurrentQueue<E> queue) {
    this(queue, LOOKS_BEFORE_PARKING);
  }

  ParkingQueue(ConcurrentQueue<E> queue, int looks) {
    this.queue = queue;
    this.looks = looks;
    bounded = queue.capacity() != UNBOUNDED;
  }

  @Override
  public boolean add(E element) {
    return QueueBase.add(this, element);
  }

  @Override
  public boolean offer(E element) {
    boolean accepted = queue.offer(element);
    if (accepted) {
      takers.callOne();
    } else {
      refusedOffer();
    }
    return accepted;
  }

  /** An offer that overlapped with closing has come to its end, for which takers may wait. */
  private void refusedOffer() {
    VarHandle.fullFence();
    if (closing) {
      takers.callAll();
    }
  }

  @Override
  public @Nullable E poll() {
    PutBack<E> front = putBack;
    if (front != null) {
      E element = front.pop();
      if (element != null) {
        return element;
      }
    }
    E element = queue.poll();
    if (element != null) {
      roomWasMade();
    }
    return element;
  }

  private void roomWasMade() {
    if (bounded) {
      putters.callOne();
    }
    if (closing) {
      takers.callAll();
    }
  }

  private void muchRoomWasMade() {
    putters.callAll();
    if (closing) {
      takers.callAll();
    }
  }

  /**
   * Adds an element, waiting for room as long as needed.
   *
   * @throws QueueClosedException if the queue is closed
   */
  @Override
  public void put(E element) throws InterruptedException {
    if (!offerUntil(element, WaitingRoom.FOR_EVER)) {
      throw new QueueClosedException();
    }
  }

  /** Adds an element, waiting for room for a time; false if there was none, or the queue closed. */
  @Override
  public boolean offer(E element, long timeout, TimeUnit unit) throws InterruptedException {
    return offerUntil(element, deadline(timeout, unit));
  }

  /**
   * Takes an element, waiting for one as long as needed.
   *
   * @throws QueueClosedException if the queue is closed and nothing is left in it
   */
  @Override
  public E take() throws InterruptedException {
    E element = pollUntil(WaitingRoom.FOR_EVER);
    if (element == null) {
      throw new QueueClosedException();
    }
    return element;
  }

  /** Takes an element, waiting for one for a time; null if there was none, or the queue closed. */
  @Override
  public @Nullable E poll(long timeout, TimeUnit unit) throws InterruptedException {
    return pollUntil(deadline(timeout, unit));
  }

  /** Of {@link System#nanoTime}; {@link WaitingRoom#FOR_EVER} is never reached in practice. */
  private static long deadline(long timeout, TimeUnit unit) {
    long nanos = Math.max(0, Math.min(unit.toNanos(timeout), Long.MAX_VALUE / 2));
    long deadline = System.nanoTime() + nanos;
    return deadline == WaitingRoom.FOR_EVER ? deadline - 1 : deadline;
  }

  private boolean offerUntil(E element, long deadline) throws InterruptedException {
    Objects.requireNonNull(element, "element");
    refuseInterrupted();
    for (int look = 0; look < looks; look++) {
      if (offer(element)) {
        return true;
      }
      Thread.onSpinWait();
    }
    while (true) {
      WaitingRoom.Ticket ticket = putters.enter();
      boolean waited = false;
      try {
        if (offer(element)) {
          return true;
        }
        if (queue.isClosed()) {
          return false;
        }
        waited = putters.await(ticket, deadline);
      } finally {
        putters.leave(ticket, waited);
      }
      if (offer(element)) {
        if (queue.remainingCapacity() > 0) {
          // One call can stand for more room, where removed elements were passed with another.
          putters.callOne();
        }
        return true;
      }
      if (!waited) {
        return false;
      }
    }
  }

  private @Nullable E pollUntil(long deadline) throws InterruptedException {
    refuseInterrupted();
    for (int look = 0; look < looks; look++) {
      E element = poll();
      if (element != null) {
        return element;
      }
      Thread.onSpinWait();
    }
    while (true) {
      WaitingRoom.Ticket ticket = takers.enter();
      boolean waited = false;
      try {
        E element = poll();
        if (element != null) {
          return element;
        }
        if (isClosed() && isDrained()) {
          return null;
        }
        waited = takers.await(ticket, deadline);
      } finally {
        takers.leave(ticket, waited);
      }
      E element = poll();
      if (element != null || !waited) {
        return element;
      }
    }
  }

  private static void refuseInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  @Override
  public void close() {
    queue.close();
    closing = true;
    putters.callAll();
    takers.callAll();
  }

  @Override
  public int fill(Supplier<? extends E> from, int limit, Consumer<? super E> refused) {
    QueueBase.requireLimit(limit);
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(refused, "refused");
    for (int added = 0; added < limit; added++) {
      if (queue.remainingCapacity() == 0) {
        refusedOffer();
        return added;
      }
      // The supplier may wait between two elements, so a taker is called for each as it comes.
      E element = Objects.requireNonNull(from.get(), "the supplier returned null");
      if (!offer(element)) {
        refused.accept(element);
        return added;
      }
    }
    return limit;
  }

  @Override
  public int drain(Consumer<? super E> to, int limit) {
    Objects.requireNonNull(to, "to");
    QueueBase.requireLimit(limit);
    int first = 0;
    PutBack<E> front = putBack;
    if (front != null) {
      for (E element = null; first < limit && (element = front.pop()) != null; first++) {
        to.accept(element);
      }
    }
    try {
      return first + queue.drain(to, limit - first);
    } finally {
      muchRoomWasMade();
    }
  }

  @Override
  public int drainTo(Collection<? super E> to) {
    return drainTo(to, Integer.MAX_VALUE);
  }

  /**
   * Moves elements to a collection. One that the collection refuses with an exception is the first
   * to be taken again; a bounded queue can then hold it beyond its capacity.
   */
  @Override
  @SuppressWarnings("ReferenceEquality") // this very queue
  public int drainTo(Collection<? super E> to, int limit) {
    Objects.requireNonNull(to, "to");
    if (to == this) {
      throw new IllegalArgumentException("a queue cannot be drained to itself");
    }
    return limit <= 0
        ? 0
        : drain(element -> moveTo(to, element), Math.min(limit, Math.max(size(), 1)));
  }

  private void moveTo(Collection<? super E> to, E element) {
    boolean moved = false;
    try {
      to.add(element);
      moved = true;
    } finally {
      if (!moved) {
        putBack(element);
      }
    }
  }

  private PutBack<E> front() {
    PutBack<E> front = putBack;
    while (front == null) {
      PUT_BACK.compareAndSet(this, (PutBack<E>) null, new PutBack<E>());
      front = putBack;
    }
    return front;
  }

  private void putBack(E element) {
    front().push(element);
    takers.callOne();
  }

  @Override
  public int remainingCapacity() {
    return queue.remainingCapacity();
  }

  @Override
  public boolean remove(@Nullable Object unwanted) {
    PutBack<E> front = putBack;
    if (unwanted != null && front != null && front.removeFirst(unwanted::equals)) {
      return true;
    }
    boolean removed = queue.remove(unwanted);
    if (removed) {
      muchRoomWasMade();
    }
    return removed;
  }

  @Override
  public boolean removeIf(Predicate<? super E> unwanted) {
    Objects.requireNonNull(unwanted, "unwanted");
    boolean removed = false;
    PutBack<E> front = putBack;
    while (front != null && front.removeFirst(unwanted)) {
      removed = true;
    }
    try {
      return queue.removeIf(unwanted) || removed;
    } finally {
      muchRoomWasMade();
    }
  }

  @Override
  public boolean removeAll(Collection<?> unwanted) {
    Objects.requireNonNull(unwanted, "unwanted");
    return removeIf(unwanted::contains);
  }

  @Override
  public boolean retainAll(Collection<?> wanted) {
    Objects.requireNonNull(wanted, "wanted");
    return removeIf(element -> !wanted.contains(element));
  }

  @Override
  public Iterator<E> iterator() {
    PutBack<E> front = putBack;
    Iterator<E> inner = queue.iterator();
    return front == null || front.size() == 0
        ? new Walk(front, Collections.emptyIterator(), inner)
        : new Walk(front, front.list().iterator(), inner);
  }

  private final class Walk implements Iterator<E> {
    private final @Nullable PutBack<E> front;
    private final Iterator<E> first;
    private final Iterator<E> inner;
    private @Nullable E shownOfFirst;

    Walk(@Nullable PutBack<E> front, Iterator<E> first, Iterator<E> inner) {
      this.front = front;
      this.first = first;
      this.inner = inner;
    }

    @Override
    public boolean hasNext() {
      return first.hasNext() || inner.hasNext();
    }

    @Override
    public E next() {
      if (first.hasNext()) {
        E element = first.next();
        shownOfFirst = element;
        return element;
      }
      shownOfFirst = null;
      return inner.next();
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // this very element
    public void remove() {
      E element = shownOfFirst;
      if (element != null && front != null) {
        shownOfFirst = null;
        front.removeFirst(each -> each == element);
        return;
      }
      inner.remove();
      muchRoomWasMade();
    }
  }

  @Override
  public @Nullable E peek() {
    PutBack<E> front = putBack;
    E element = front == null ? null : front.peek();
    return element == null ? queue.peek() : element;
  }

  @Override
  public boolean contains(@Nullable Object wanted) {
    PutBack<E> front = putBack;
    return (wanted != null && front != null && front.list().contains(wanted))
        || queue.contains(wanted);
  }

  @Override
  public int size() {
    PutBack<E> front = putBack;
    int inside = queue.size();
    return front == null
        ? inside
        : (int) Math.min((long) inside + front.size(), bounded ? capacity() : Integer.MAX_VALUE);
  }

  @Override
  public boolean isEmpty() {
    PutBack<E> front = putBack;
    return (front == null || front.size() == 0) && queue.isEmpty();
  }

  @Override
  public int capacity() {
    return queue.capacity();
  }

  /** Of the calls that do not wait. */
  @Override
  public Progress progress() {
    return queue.progress();
  }

  @Override
  public Ordering ordering() {
    return queue.ordering();
  }

  @Override
  public boolean isClosed() {
    return queue.isClosed();
  }

  @Override
  public boolean isDrained() {
    PutBack<E> front = putBack;
    return (front == null || front.size() == 0) && queue.isDrained();
  }

  @Override
  public void handOver() {
    queue.handOver();
  }
}
