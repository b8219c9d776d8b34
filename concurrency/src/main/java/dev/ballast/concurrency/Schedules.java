package dev.ballast.concurrency;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tests of code that uses tasks, in many orders: each run has its own seed, one task runs at a
 * time, and which one is chosen by the seed wherever a task parks, blocks, yields or meets a {@link
 * Task#checkpoint}. A failure says how to repeat it. The body is to take time and randomness as
 * parameters: what depends on the wall clock, or on threads that are no tasks, is repeated only by
 * luck. A run also fails when all its tasks wait for each other for ever; one that waits for time,
 * a socket, or a lock, a monitor or the end of a thread that is no task, is waited for.
 */
public final class Schedules {
  private static final Duration LOOK = Duration.ofMillis(200);

  /** How often those are waited for that do not end after a failure. */
  private static final int LAST_LOOKS = 10;

  private Schedules() {}

  /** What is tried; it runs as a task, and ends when all that it started have ended. */
  @FunctionalInterface
  public interface Body {
    /**
     * Runs once, as a task.
     *
     * @param scheduler for the tasks that it starts
     * @throws Exception then the run has failed
     */
    void run(Scheduler scheduler) throws Exception;
  }

  /** A schedule under which the body failed, or under which all its tasks waited for ever. */
  public static final class Failure extends AssertionError {
    /** Which decided. */
    private final long seed;

    /** As {@link Choices} writes them. */
    private final String choices;

    Failure(String problem, long seed, String choices, @Nullable Throwable cause) {
      super(
          "%s; repeat it by Schedules.run(%dL, body), or by Schedules.replay(\"%s\", body)"
              .formatted(problem, seed, choices),
          cause);
      this.seed = seed;
      this.choices = choices;
    }

    /** {@return the seed that it ran under; 0 of a replay} */
    public long seed() {
      return seed;
    }

    /** {@return which ready task was chosen each time that there were several} */
    public String choices() {
      return choices;
    }
  }

  /**
   * Runs the body under seeds from {@code firstSeed} on.
   *
   * @param runs how many seeds
   * @param firstSeed the first of them
   * @param body what is tried
   * @throws Failure of the first run that fails
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   */
  public static void explore(int runs, long firstSeed, Body body) throws InterruptedException {
    for (int i = 0; i < runs; i++) {
      run(firstSeed + i, body);
    }
  }

  /**
   * Runs the body once under a seed, and returns the choices made.
   *
   * @param seed decides all choices
   * @param body what is tried
   * @return the choices made
   * @throws Failure if the body or one of its tasks throws, or all wait
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   */
  public static String run(long seed, Body body) throws InterruptedException {
    return run(Options.named("schedule").deterministic(seed), seed, body);
  }

  /**
   * Repeats a recorded schedule.
   *
   * @param choices as {@link Failure#choices} gives them
   * @param body what is tried
   * @return the choices made
   * @throws Failure if it fails again
   * @throws IllegalArgumentException if the text is not what {@link Failure#choices} gives
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   */
  public static String replay(String choices, Body body) throws InterruptedException {
    return run(Options.named("schedule").replaying(choices), 0, body);
  }

  private static String run(Options options, long seed, Body body) throws InterruptedException {
    Scheduler scheduler = Scheduler.start(options);
    DeterministicPlacement seeded = (DeterministicPlacement) scheduler.placement();
    Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
    AtomicReference<String> asleep = new AtomicReference<>("");
    scheduler.uncaught((_, problem) -> thrown.add(problem));
    seeded.whenQuiet(() -> endIfAsleep(scheduler, asleep));
    FutureTask<Void> main =
        new FutureTask<>(
            () -> {
              try {
                body.run(scheduler);
              } catch (Throwable e) {
                thrown.add(e);
              }
            },
            null);
    Task root = scheduler.go("main", main);
    String left =
        awaitEnd(
            scheduler,
            () -> !asleep.get().isEmpty() || (!root.thread().isAlive() && !thrown.isEmpty()));
    String choices = seeded.choices().toString();
    String report = asleep.get();
    Throwable problem = thrown.peek();
    if (!report.isEmpty()) {
      throw new Failure(report + left, seed, choices, problem);
    }
    if (problem != null) {
      throw new Failure("a task failed: " + problem + left, seed, choices, problem);
    }
    return choices;
  }

  /**
   * Waits for the end of all tasks, of a run that has failed only for a while after an interrupt.
   * Returns which were given up.
   */
  private static String awaitEnd(Scheduler scheduler, BooleanSupplier failed)
      throws InterruptedException {
    int looks = 0;
    try {
      while (looks < LAST_LOOKS) {
        Optional<Task> last = scheduler.tasks().stream().findFirst();
        if (last.isEmpty()) {
          return "";
        }
        if (!last.get().join(LOOK) && failed.getAsBoolean()) {
          scheduler.tasks().forEach(task -> task.thread().interrupt());
          looks++;
        }
      }
      return "; these did not end when they were interrupted:"
          + scheduler.tasks().stream()
              .map(task -> " task %d \"%s\"".formatted(task.id(), task.thread().getName()))
              .collect(Collectors.joining(","));
    } finally {
      scheduler.abandon();
    }
  }

  /** Interrupts all tasks if each waits without limit for something that only a task can do. */
  private static void endIfAsleep(Scheduler scheduler, AtomicReference<String> report) {
    if (!report.get().isEmpty()) {
      return;
    }
    try {
      List<Deadlocks.Wait> waits = Deadlocks.asleep(scheduler.tasks(), false);
      if (!waits.isEmpty()) {
        report.set(
            waits.stream()
                .map(Object::toString)
                .collect(Collectors.joining(", ", Deadlocks.headline(waits) + " ", "")));
        waits.forEach(wait -> wait.thread().interrupt());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
