package dev.ballast.queues;

/**
 * What the queues in one array have in common: a capacity, the next power of two of cells, numbers
 * that are taken in order, and closing by a flag.
 */
abstract class ArrayQueue<E> extends Layout.Indexed<E> {
  final int capacity;

  /** One less than the number of cells. */
  final int mask;

  volatile boolean closed;

  ArrayQueue(int capacity) {
    this.capacity = requireCapacity(capacity);
    mask = powerOfTwo(capacity) - 1;
  }

  /** The first number that is not taken yet. */
  long start() {
    return head;
  }

  /** The first number from {@code start} on that is not filled yet. */
  abstract long end(long start);

  /** Removed elements that are counted between start and end. */
  int gaps() {
    return withdrawn;
  }

  /** Between two looks at the start that see the same, what is between was so at one moment. */
  @Override
  public final int size() {
    while (true) {
      long start = start();
      int gaps = gaps();
      long end = end(start);
      if (start() == start && gaps() == gaps) {
        return clamp(end - start - gaps, 0, capacity);
      }
    }
  }

  @Override
  public int remainingCapacity() {
    while (!closed) {
      long start = start();
      long end = end(start);
      if (start() == start) {
        return clamp(capacity - (end - start), 0, capacity);
      }
    }
    return 0;
  }

  @Override
  boolean hasRoom() {
    return remainingCapacity() > 0;
  }

  @Override
  public final int capacity() {
    return capacity;
  }

  @Override
  public Progress progress() {
    return Progress.LOCK_FREE;
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public final boolean isClosed() {
    return closed;
  }

  @Override
  public final boolean isDrained() {
    return closed && isEmpty();
  }

  @SuppressWarnings("unchecked")
  E cast(Object element) {
    return (E) element;
  }
}
