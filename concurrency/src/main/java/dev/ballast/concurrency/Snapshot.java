package dev.ballast.concurrency;

import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** Tasks that are suspended together; closing resumes them. */
public final class Snapshot implements AutoCloseable {
  private final String scheduler;
  private final List<Suspension> suspensions;

  Snapshot(String scheduler, List<Suspension> suspensions) {
    this.scheduler = scheduler;
    this.suspensions = List.copyOf(suspensions);
  }

  /** {@return one of each task, in the order in which they were given} */
  public List<Suspension> suspensions() {
    return suspensions;
  }

  /** {@return all tasks in the style of Go's stack dump} */
  public String text() {
    return suspensions.stream()
        .map(TaskStack::of)
        .map(TaskStack::text)
        .collect(Collectors.joining());
  }

  /**
   * All tasks with their frames and what these hold, in the schema of {@code jcmd PID
   * Thread.dump_to_file -format=json}; {@code task} holds what is ours.
   *
   * @return one JSON object, and a line feed
   */
  public String json() {
    return Dump.json(scheduler, suspensions, Instant.now());
  }

  @Override
  public void close() {
    suspensions.forEach(Suspension::close);
  }
}
