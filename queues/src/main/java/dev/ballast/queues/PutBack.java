package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Elements that were taken from a queue and came back to its front, the last one first. An
 * immutable list, which is replaced as a whole.
 */
final class PutBack<E> {
  private static final VarHandle TOP;

  static {
    try {
      TOP = MethodHandles.lookup().findVarHandle(PutBack.class, "top", Entry.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private record Entry<E>(E element, int size, @Nullable Entry<E> below) {}

  private volatile @Nullable Entry<E> top;

  private boolean replace(@Nullable Entry<E> expected, @Nullable Entry<E> value) {
    return TOP.compareAndSet(this, expected, value);
  }

  private static <E> Entry<E> on(@Nullable Entry<E> below, E element) {
    return new Entry<>(element, below == null ? 1 : below.size + 1, below);
  }

  void push(E element) {
    Entry<E> seen;
    do {
      seen = top;
    } while (!replace(seen, on(seen, element)));
  }

  @Nullable E pop() {
    while (true) {
      Entry<E> seen = top;
      if (seen == null) {
        return null;
      }
      if (replace(seen, seen.below)) {
        return seen.element;
      }
    }
  }

  @Nullable E peek() {
    Entry<E> seen = top;
    return seen == null ? null : seen.element;
  }

  int size() {
    Entry<E> seen = top;
    return seen == null ? 0 : seen.size;
  }

  /** Removes the first that is unwanted; whether there was one. */
  boolean removeFirst(Predicate<? super E> unwanted) {
    while (true) {
      Entry<E> seen = top;
      List<E> above = new ArrayList<>();
      Entry<E> entry = seen;
      while (entry != null && !unwanted.test(entry.element)) {
        above.add(entry.element);
        entry = entry.below;
      }
      if (entry == null) {
        return false;
      }
      Entry<E> rest = entry.below;
      for (int i = above.size() - 1; i >= 0; i--) {
        rest = on(rest, above.get(i));
      }
      if (replace(seen, rest)) {
        return true;
      }
    }
  }

  /** What is here now, in the order in which it will be taken. */
  List<E> list() {
    List<E> all = new ArrayList<>();
    for (Entry<E> entry = top; entry != null; entry = entry.below) {
      all.add(entry.element);
    }
    return all;
  }
}
