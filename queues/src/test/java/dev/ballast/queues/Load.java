package dev.ballast.queues;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many elements are to go through a queue: so many, or fewer when that takes long. Where others
 * have the processors, each {@link Thread#yield} gives them a slice of some milliseconds.
 */
final class Load {
  private static final long LONGEST =
      Boolean.getBoolean("nightly")
          ? TimeUnit.SECONDS.toNanos(60)
          : TimeUnit.MILLISECONDS.toNanos(500);

  /** So many of each producer go through however long it takes. */
  private static final int LEAST = 100;

  private final long end = System.nanoTime() + LONGEST;
  private final AtomicInteger left;

  Load(int elements) {
    left = new AtomicInteger(elements);
  }

  /**
   * Asked by a producer before each element; if there is no more from it, its others are not waited
   * for.
   *
   * @param sent how many it has sent
   * @param planned how many it was to send
   */
  boolean another(int sent, int planned) {
    if (sent < planned && (sent < LEAST || System.nanoTime() - end < 0)) {
      return true;
    }
    left.addAndGet(sent - planned);
    return false;
  }

  void arrived() {
    left.decrementAndGet();
  }

  boolean isUnderWay() {
    return left.get() > 0;
  }
}
