package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** Access to the cells of an array with the memory effects that their names say. */
final class Cells {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(Object[].class);

  private Cells() {}

  static @Nullable Object acquire(@Nullable Object[] cells, int i) {
    return (Object) CELL.getAcquire(cells, i);
  }

  static void release(@Nullable Object[] cells, int i, @Nullable Object value) {
    CELL.setRelease(cells, i, value);
  }

  static boolean cas(
      @Nullable Object[] cells, int i, @Nullable Object expected, @Nullable Object value) {
    return CELL.compareAndSet(cells, i, expected, value);
  }

  static @Nullable Object swap(@Nullable Object[] cells, int i, @Nullable Object value) {
    return (Object) CELL.getAndSet(cells, i, value);
  }
}
