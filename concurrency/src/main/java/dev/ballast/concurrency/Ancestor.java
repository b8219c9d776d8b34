package dev.ballast.concurrency;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who made a task, and from where.
 *
 * @param task the maker's id; 0 if it was no task
 * @param name the maker's thread name
 * @param stack where it was when it made the task, innermost first
 */
public record Ancestor(long task, String name, List<StackTraceElement> stack) {
  /** What a process asked for by the property {@value Scheduler#ANCESTORS}. */
  static final int DEFAULT_DEPTH = Math.max(0, Integer.getInteger(Scheduler.ANCESTORS, 0));

  /** Enough to see where; a deep recursion that makes tasks would cost too much. */
  private static final int MOST_FRAMES = 64;

  /** Takes what it is made of. */
  public Ancestor {
    stack = List.copyOf(stack);
  }

  /** The line of a newborn task: its maker first, which calls this. */
  static List<Ancestor> of(@Nullable Task parent, int depth) {
    if (depth == 0) {
      return List.of();
    }
    List<Ancestor> line = new ArrayList<>();
    line.add(
        new Ancestor(
            parent == null ? 0 : parent.id(),
            Thread.currentThread().getName(),
            Arrays.stream(new Throwable().getStackTrace())
                .dropWhile(frame -> !isOutside(frame))
                .limit(MOST_FRAMES)
                .toList()));
    if (parent != null) {
      List<Ancestor> before = parent.ancestors();
      line.addAll(before.subList(0, Math.min(before.size(), depth - 1)));
    }
    return List.copyOf(line);
  }

  /** Not of the machinery that makes and starts tasks. */
  private static boolean isOutside(StackTraceElement frame) {
    String type = frame.getClassName();
    return !List.of(Ancestor.class, Task.class, Scheduler.class).stream()
            .anyMatch(own -> type.equals(own.getName()) || type.startsWith(own.getName() + "$"))
        && !type.startsWith("java.lang.VirtualThread")
        && !type.startsWith("java.lang.Thread");
  }
}
