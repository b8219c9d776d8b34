package dev.ballast.queues;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A walk over the elements of a queue; one thread's own. An element's place is a holder (a segment,
 * a node) and an index in it; subclasses keep the place of the element that {@link #step} returned
 * last in {@code holder} and {@code index}.
 */
abstract class Traversal<E> implements Iterator<E> {
  @Nullable Object holder;
  long index;

  /** Where the cells before that place begin in which nothing will be any more; or that place. */
  long runStart;

  private @Nullable E next;
  private boolean looked;

  private @Nullable E last;
  private @Nullable Object lastHolder;
  private long lastIndex;
  private long lastRunStart;

  /** The next live element, or null at the end. */
  abstract @Nullable E step();

  /** Takes the element out of its place, unless somebody else was faster. */
  abstract boolean removeAt(@Nullable Object holder, long index, E element);

  final boolean removeStep(E element) {
    return removeAt(holder, index, element);
  }

  @Override
  public final boolean hasNext() {
    if (!looked) {
      next = step();
      looked = true;
    }
    return next != null;
  }

  @Override
  public final E next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    E element = Objects.requireNonNull(next);
    looked = false;
    last = element;
    lastHolder = holder;
    lastIndex = index;
    lastRunStart = runStart;
    return element;
  }

  @Override
  public final void remove() {
    E element = last;
    if (element == null) {
      throw new IllegalStateException("next() was not called, or remove() was called twice");
    }
    last = null;
    // false: a consumer took it meanwhile, which is as good.
    long ahead = runStart;
    runStart = lastRunStart;
    removeAt(lastHolder, lastIndex, element);
    runStart = ahead;
  }
}
