package dev.ballast.concurrency;

import java.util.List;

/**
 * What a task was found to do.
 *
 * @param frames innermost first; of one that ran, without what they hold
 */
record Seen(Task task, Blocked blocked, List<Frame> frames) {
  /** Looks at a task, which is held for that long only; one that runs is not waited for. */
  static Seen of(Task task) throws InterruptedException {
    try (Suspension held = task.ask(System.nanoTime())) {
      return of(held);
    }
  }

  /** Looks at a task that the caller holds. */
  static Seen of(Suspension held) {
    List<Frame> frames = held.frames();
    return new Seen(held.task(), Blocked.of(held.task(), frames), frames);
  }

  Thread thread() {
    return task.thread();
  }

  /** As a stack dump has it. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        "task %d \"%s\" [%s%s]:\n"
            .formatted(
                task.id(),
                thread().getName(),
                blocked,
                task.osThread().isEmpty() ? "" : ", locked to " + task.osThread()));
    frames.forEach(frame -> text.append("\tat ").append(frame.at()).append('\n'));
    return text.append(task.origin()).append('\n').toString();
  }
}
