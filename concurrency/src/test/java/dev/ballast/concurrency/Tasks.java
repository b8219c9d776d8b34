package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** What tests of tasks wait for. */
final class Tasks {
  static final Duration SOON = Duration.ofSeconds(10);

  private Tasks() {}

  /**
   * Options for a scheduler in one of the three modes.
   *
   * @param mode {@code native}, {@code portable} or {@code deterministic}
   */
  static Options inMode(String mode, Options options) {
    return switch (mode) {
      case "native" -> options;
      case "portable" -> options.portable();
      case "deterministic" -> options.deterministic(1);
      default -> throw new IllegalArgumentException("no mode: " + mode);
    };
  }

  /** A body that may throw what blocking code throws. */
  interface Body {
    void run() throws Exception;
  }

  static Runnable body(Body body) {
    return () -> {
      try {
        body.run();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    };
  }

  /** Waits until the task waits for this sort of thing. */
  static void awaitWait(Task task, Blocked.Kind kind) throws InterruptedException {
    await(
        task + " waits: " + kind,
        () -> task.state() == TaskState.WAITING && view(task).blocked().kind() == kind);
  }

  static Seen view(Task task) {
    try {
      return Seen.of(task);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  static void ended(Task task) throws InterruptedException {
    assertThat(task.join(SOON)).as("%s has ended", task).isTrue();
  }
}
