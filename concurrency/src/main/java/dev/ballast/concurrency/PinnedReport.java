package dev.ballast.concurrency;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.stream.Collectors;

/** Says who pins when as many tasks stay on their OS threads as may; by the watching thread. */
final class PinnedReport {
  private static final int NAMED = 5;

  private final NativePlacement workers;
  private boolean said;

  PinnedReport(NativePlacement workers) {
    this.workers = workers;
  }

  /**
   * Looks, and says it once until half of them have left.
   *
   * @param reached whether a task was refused another OS thread
   */
  void look(boolean reached) {
    if (reached && !said) {
      said = true;
      say(text(workers.pinned()));
    } else if (said && !reached && workers.pinnedNow() <= workers.maxPinned() / 2) {
      said = false;
    }
  }

  private String text(List<Task> pinned) {
    String who =
        pinned.stream().limit(NAMED).map(PinnedReport::one).collect(Collectors.joining(", "));
    return ("scheduler %s: %d tasks do not leave their OS threads, as many as may: what computes"
            + " takes turns, and else nothing new runs until one leaves. They are %s%s; give loops a"
            + " Task.checkpoint(), and for more of them use Options.withMaxPinned")
        .formatted(
            workers.name(),
            pinned.size(),
            who,
            pinned.size() > NAMED ? " and %d more".formatted(pinned.size() - NAMED) : "");
  }

  private static String one(Task task) {
    StackTraceElement[] frames =
        JdkInternals.get().isMounted(task.thread())
            ? JdkInternals.get().mountedFrames(task.thread())
            : new StackTraceElement[0];
    return "task %d \"%s\"%s"
        .formatted(
            task.id(), task.thread().getName(), frames.length == 0 ? "" : " at " + frames[0]);
  }

  /** Elsewhere: one that is stopped may have the lock of what a log is written to. */
  private static void say(String text) {
    TemplateThread.start(() ->
        TemplateThread.runElsewhere(
            () -> System.getLogger(PinnedReport.class.getName()).log(Level.WARNING, text)));
  }
}
