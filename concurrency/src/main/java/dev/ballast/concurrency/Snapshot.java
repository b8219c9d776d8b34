package dev.ballast.concurrency;

import java.time.Duration;
import java.util.List;

/** Tasks that are suspended together; closing resumes them. */
public final class Snapshot implements AutoCloseable {
  private final List<Suspension> suspensions;

  Snapshot(List<Suspension> suspensions) {
    this.suspensions = List.copyOf(suspensions);
  }

  public List<Suspension> suspensions() {
    return suspensions;
  }

  /** All tasks in the style of Go's stack dump. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Suspension each : suspensions) {
      Task task = each.task();
      Duration in = task.inState();
      text.append(
          "task %d \"%s\" [%s%s, %d ms]:\n"
              .formatted(
                  task.id(),
                  task.thread().getName(),
                  task.state(),
                  each.waitsOn().map(on -> " on " + on.getClass().getName()).orElse(""),
                  in.toMillis()));
      each.frames().forEach(frame -> text.append("\tat ").append(frame.at()).append('\n'));
      task.parent().ifPresent(p -> text.append("created by task ").append(p.id()).append('\n'));
      text.append('\n');
    }
    return text.toString();
  }

  @Override
  public void close() {
    suspensions.forEach(Suspension::close);
  }
}
