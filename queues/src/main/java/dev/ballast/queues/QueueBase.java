package dev.ballast.queues;

import java.util.AbstractQueue;
import java.util.Collection;
import java.util.Iterator;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What all queues of the family do alike, on top of offer, poll and a traversal. */
abstract class QueueBase<E> extends AbstractQueue<E> implements ConcurrentQueue<E> {

  /** A walk over the live elements, oldest first, as seen by any thread. */
  abstract Traversal<E> traversal();

  /** How many elements a batch obtains before their cells are claimed. */
  static final int BATCH = 64;

  /** Whether an offer by a sole producer would be accepted now. */
  abstract boolean hasRoom();

  @Override
  public Ordering ordering() {
    return Ordering.FIFO;
  }

  @Override
  public boolean add(E element) {
    return add(this, element);
  }

  /**
   * For every queue's {@code add}.
   *
   * @throws QueueClosedException if it is closed, which is not the same as full
   */
  static <E> boolean add(ConcurrentQueue<E> queue, E element) {
    if (queue.offer(element)) {
      return true;
    }
    if (queue.isClosed()) {
      throw new QueueClosedException();
    }
    throw new IllegalStateException("Queue full");
  }

  @Override
  public int drain(Consumer<? super E> to, int limit) {
    Objects.requireNonNull(to, "to");
    requireLimit(limit);
    for (int taken = 0; taken < limit; taken++) {
      E element = poll();
      if (element == null) {
        return taken;
      }
      to.accept(element);
    }
    return limit;
  }

  @Override
  public int fill(Supplier<? extends E> from, int limit, Consumer<? super E> refused) {
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(refused, "refused");
    requireLimit(limit);
    for (int added = 0; added < limit; added++) {
      if (!hasRoom()) {
        return added;
      }
      E element = Objects.requireNonNull(from.get(), "the supplier returned null");
      if (!offer(element)) {
        refused.accept(element);
        return added;
      }
    }
    return limit;
  }

  /** For {@link #fill} where {@link #offerAll} is more than one offer after the other. */
  final int fillInBatches(Supplier<? extends E> from, int limit, Consumer<? super E> refused) {
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(refused, "refused");
    requireLimit(limit);
    Object[] batch = new Object[Math.min(limit, BATCH)];
    int added = 0;
    while (added < limit) {
      int wanted = Math.min(Math.min(limit - added, BATCH), remainingCapacity());
      if (wanted == 0) {
        break;
      }
      int obtained = 0;
      int accepted;
      try {
        while (obtained < wanted) {
          batch[obtained] = Objects.requireNonNull(from.get(), "the supplier returned null");
          obtained++;
        }
      } finally {
        accepted = offerAll(batch, obtained);
        added += accepted;
        refuse(batch, accepted, obtained, refused);
      }
      if (accepted < obtained) {
        break;
      }
    }
    return added;
  }

  @SuppressWarnings("unchecked")
  private void refuse(Object[] batch, int from, int to, Consumer<? super E> refused) {
    for (int i = from; i < to; i++) {
      refused.accept((E) batch[i]);
    }
  }

  /** Adds the first elements of a batch, in their order; how many there was room for. */
  @SuppressWarnings("unchecked")
  int offerAll(Object[] batch, int count) {
    int added = 0;
    while (added < count && offer((E) batch[added])) {
      added++;
    }
    return added;
  }

  static void requireLimit(int limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("limit is negative: limit=" + limit);
    }
  }

  static int requireCapacity(int capacity) {
    if (capacity < 1 || capacity > 1 << 30) {
      throw new IllegalArgumentException("capacity must be from 1 to 2^30: capacity=" + capacity);
    }
    return capacity;
  }

  /** The nearest number to it that is not outside of the bounds. */
  static int clamp(long value, int least, int most) {
    return (int) Math.max(least, Math.min(most, value));
  }

  /** The smallest power of two that is not smaller. */
  static int powerOfTwo(int atLeast) {
    return atLeast == 1 ? 1 : 1 << (32 - Integer.numberOfLeadingZeros(atLeast - 1));
  }

  /** Whether nothing can be taken; not by way of the size, which a removal in progress changes. */
  @Override
  public abstract boolean isEmpty();

  @Override
  public Iterator<E> iterator() {
    return traversal();
  }

  @Override
  public boolean contains(@Nullable Object wanted) {
    if (wanted == null) {
      return false;
    }
    Traversal<E> walk = traversal();
    for (E element = walk.step(); element != null; element = walk.step()) {
      if (wanted.equals(element)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean remove(@Nullable Object unwanted) {
    if (unwanted == null) {
      return false;
    }
    Traversal<E> walk = traversal();
    for (E element = walk.step(); element != null; element = walk.step()) {
      if (unwanted.equals(element) && walk.removeStep(element)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean removeIf(Predicate<? super E> unwanted) {
    Objects.requireNonNull(unwanted, "unwanted");
    boolean removed = false;
    Traversal<E> walk = traversal();
    for (E element = walk.step(); element != null; element = walk.step()) {
      if (unwanted.test(element)) {
        removed |= walk.removeStep(element);
      }
    }
    return removed;
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
}
