package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Where in a segment cells follow each other in which nothing will ever be again, since their
 * elements were removed from the middle; so that a walk does not look at each of them every time.
 * What is written here stays true for ever, and is only a hint: any thread may write and read.
 */
final class DeadRuns {
  private static final VarHandle END = MethodHandles.arrayElementVarHandle(int[].class);

  /** Of the first cell of a run: the first after it. */
  private final int[] ends;

  private DeadRuns(int cells) {
    ends = new int[cells];
  }

  /** The first cell from a dead one on that may be alive. */
  static int after(@Nullable DeadRuns runs, int dead) {
    return runs == null ? dead + 1 : Math.max((int) END.getOpaque(runs.ends, dead), dead + 1);
  }

  /** Notes a run, if it is one; where memory has run out, walks are slower. */
  static @Nullable DeadRuns note(@Nullable DeadRuns runs, int cells, int start, int end) {
    if (end - start < 2) {
      return runs;
    }
    DeadRuns noted = runs;
    if (noted == null) {
      try {
        noted = new DeadRuns(cells);
      } catch (OutOfMemoryError e) {
        return null;
      }
    }
    END.setOpaque(noted.ends, start, end);
    return noted;
  }
}
