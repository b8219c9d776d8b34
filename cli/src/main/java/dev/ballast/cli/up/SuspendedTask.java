package dev.ballast.cli.up;

import dev.ballast.cli.Threads;
import dev.ballast.concurrency.Frame;
import dev.ballast.concurrency.Suspension;
import dev.ballast.concurrency.Task;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Suspends a task of this process, prints its frames and resumes it. The task is the client that
 * fetches in a loop, locked to an OS thread inside the client's network namespace. The lab runs on
 * meanwhile.
 */
final class SuspendedTask {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration SAFE_POINT = Duration.ofSeconds(2);
  private static final int ANSWERS = 10;
  private static final int FRAMES = 6;

  private final Cluster cluster;
  private final Screen screen;

  SuspendedTask(Cluster cluster, Screen screen) {
    this.cluster = cluster;
    this.screen = screen;
  }

  /** Shows it, and fails when the task did anything while it was held, or nothing afterwards. */
  void show(InetAddress address) throws InterruptedException {
    try (Fetching fetching = new Fetching(address, Topology.SERVICE_PORT)) {
      Thread thread = cluster.lab().thread(Topology.CLIENT, fetching);
      thread.setName("client");
      thread.start();
      require(fetching.awaitAnswersAfter(System.nanoTime(), ANSWERS, PATIENCE), "is not answered");
      Task task =
          Threads.scheduler().tasks().stream()
              .filter(each -> each.thread().equals(thread))
              .findFirst()
              .orElseThrow(() -> new UpFailure("the client is no task", "run again with -v"));
      long asked = System.nanoTime();
      try (Suspension held = task.suspend(SAFE_POINT)) {
        long took = System.nanoTime() - asked;
        long before = fetching.fetches();
        screen.step(
            "suspended task %d (client) in %.1f ms after %d requests; it was %s%s"
                .formatted(
                    task.id(),
                    took / 1e6,
                    before,
                    held.state(),
                    held.waitsOn().map(on -> " on " + on.getClass().getSimpleName()).orElse("")));
        frames(held.frames());
        // Another client of the same service goes on, several times as long as a fetch takes.
        fetchFromVisitor(address);
        require(fetching.fetches() == before, "ran while it was held");
        screen.step(
            "task %d made no request in %d ms while another client made %d; resuming it"
                .formatted(task.id(), (System.nanoTime() - asked) / 1_000_000, ANSWERS));
      } catch (TimeoutException e) {
        throw new UpFailure(String.valueOf(e.getMessage()), "run again: the machine is busy");
      }
      require(
          fetching.awaitAnswersAfter(System.nanoTime(), ANSWERS, PATIENCE),
          "is not answered after it was resumed");
      screen.step(
          "task %d runs again, %d requests so far".formatted(task.id(), fetching.fetches()));
    }
  }

  /** One fetch may come late on a busy machine; who is stopped gets no answer at all. */
  private void fetchFromVisitor(InetAddress address) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    for (int answers = 0; answers < ANSWERS; ) {
      if (cluster.fetch(Topology.VISITOR, address).isPresent()) {
        answers++;
      }
      require(
          System.nanoTime() - until < 0,
          "stopped others with it: the visitor got %d answers in %d s"
              .formatted(answers, PATIENCE.toSeconds()));
    }
  }

  private void frames(List<Frame> frames) {
    for (Frame frame : frames.subList(0, Math.min(FRAMES, frames.size()))) {
      String held =
          (frame.unavailable().isPresent() ? List.of() : frame.references())
              .stream()
                  .map(object -> object.getClass().getSimpleName())
                  .filter(name -> !name.isEmpty())
                  .distinct()
                  .collect(Collectors.joining(", "));
      screen.step("  at " + frame.at() + (held.isEmpty() ? "" : "   holds " + held));
    }
    if (frames.size() > FRAMES) {
      screen.step("  and " + (frames.size() - FRAMES) + " more frames");
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new UpFailure("the client's task " + otherwise, "run again with -v");
    }
  }
}
