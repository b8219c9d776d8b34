package dev.ballast.concurrency;

import java.time.Duration;
import java.util.Objects;

/**
 * How a {@link Scheduler} is to run its tasks.
 *
 * @param name the prefix of its OS threads' names
 * @param parallelism how many OS threads run tasks at a time, not counting locked and stuck ones;
 *     without effect in the other modes than {@link Mode.Native}
 * @param preemptAfter how long a task may run before it is asked to give way at its next {@link
 *     Task#checkpoint}, and before others are given the work that waits behind it
 * @param maxPinned how many OS threads more may be used for tasks that do not leave theirs: that
 *     wait in foreign code or in a class initializer, or compute without a {@link Task#checkpoint}.
 *     When it is reached the log says who pins, loops take turns, and where none can be stopped
 *     nothing else runs until one leaves. A loop that waits for its turn, or is suspended, keeps
 *     its OS thread and does not count. Without effect in the other modes than {@link Mode.Native}
 * @param stopsPrepared whether all is loaded at the start that the first suspension of a loop
 *     needs; it takes some 100 ms of another thread, and makes each switch some 0.1 µs dearer
 * @param mode what the scheduler stands on
 */
public record Options(
    String name,
    int parallelism,
    Duration preemptAfter,
    int maxPinned,
    boolean stopsPrepared,
    Mode mode) {
  static final int MOST_CARRIERS = 1_024;
  private static final int MAX_PINNED = 256;

  /** Refuses what no scheduler can have. */
  public Options {
    Objects.requireNonNull(name);
    Objects.requireNonNull(mode);
    if (parallelism < 1 || parallelism > MOST_CARRIERS) {
      throw new IllegalArgumentException(
          "parallelism is 1 to " + MOST_CARRIERS + ", not " + parallelism);
    }
    if (maxPinned < 0) {
      throw new IllegalArgumentException("maxPinned is 0 or more, not " + maxPinned);
    }
    if (preemptAfter.isNegative() || preemptAfter.isZero()) {
      throw new IllegalArgumentException("preemptAfter is positive, not " + preemptAfter);
    }
  }

  /** What a scheduler stands on. */
  public sealed interface Mode {
    /** Carriers of its own; needs the JDK's internals to be opened. */
    record Native() implements Mode {}

    /** The JDK's own virtual threads: no internals and fewer {@link Capability capabilities}. */
    record Portable() implements Mode {}

    /**
     * One carrier and a seeded choice among the tasks that can run; see {@link Schedules}.
     *
     * @param seed decides all choices that {@code replay} leaves open
     * @param replay choices to repeat, as a {@link Schedules.Failure} prints them, or empty
     */
    record Deterministic(long seed, String replay) implements Mode {}
  }

  /**
   * Native, on as many OS threads as there are processors.
   *
   * @param name the prefix of its OS threads' names
   * @return the options to begin with
   */
  public static Options named(String name) {
    int processors = Runtime.getRuntime().availableProcessors();
    return new Options(
        name,
        Math.min(processors, MOST_CARRIERS),
        Duration.ofMillis(10),
        MAX_PINNED,
        false,
        new Mode.Native());
  }

  /**
   * With another number of OS threads.
   *
   * @param threads how many OS threads run tasks at a time; 1 to 1024
   * @return these options with that number
   */
  public Options withParallelism(int threads) {
    return new Options(name, threads, preemptAfter, maxPinned, stopsPrepared, mode);
  }

  /**
   * With another time slice.
   *
   * @param slice how long a task may run while others wait; positive
   * @return these options with that slice
   */
  public Options withPreemptAfter(Duration slice) {
    return new Options(name, parallelism, slice, maxPinned, stopsPrepared, mode);
  }

  /**
   * With another bound on OS threads for tasks that do not leave theirs.
   *
   * @param threads how many more than the parallelism; 256 unless this says otherwise
   * @return these options with that bound
   */
  public Options withMaxPinned(int threads) {
    return new Options(name, parallelism, preemptAfter, threads, stopsPrepared, mode);
  }

  /**
   * With all loaded at the start that the first suspension of a loop without checkpoints needs.
   *
   * @return these options with that
   */
  public Options withStopsPrepared() {
    return new Options(name, parallelism, preemptAfter, maxPinned, true, mode);
  }

  /**
   * With another mode.
   *
   * @param other what the scheduler stands on
   * @return these options with that mode
   */
  public Options withMode(Mode other) {
    return new Options(name, parallelism, preemptAfter, maxPinned, stopsPrepared, other);
  }

  /**
   * On the JDK's own scheduler.
   *
   * @return these options with that mode
   */
  public Options portable() {
    return withMode(new Mode.Portable());
  }

  /**
   * One task at a time, chosen by the seed.
   *
   * @param seed decides all choices
   * @return these options with that mode
   */
  public Options deterministic(long seed) {
    return withMode(new Mode.Deterministic(seed, ""));
  }

  /**
   * One task at a time, in the order of a recorded schedule.
   *
   * @param choices as {@link Schedules.Failure#choices} gives them
   * @return these options with that mode
   */
  public Options replaying(String choices) {
    return withMode(new Mode.Deterministic(0, choices));
  }
}
