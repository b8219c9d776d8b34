package dev.ballast.concurrency;

import java.util.List;
import java.util.Optional;

/** Decides where and when the ready tasks of one scheduler run. */
sealed interface Placement permits NativePlacement, DeterministicPlacement, PortablePlacement {
  /** Makes the virtual thread of a task. */
  Thread thread(Task task, String name, Runnable body);

  /** Starts the thread of a task, which is listed when this returns. */
  default void start(Task task) {
    task.thread().start();
  }

  /**
   * Puts a ready task where it will run; from any thread, never blocks.
   *
   * @param next whether it should come before others, as what just became ready does
   */
  void enqueue(Task task, boolean next);

  /** Takes one that had its time and was asked to give way: behind all that wait anywhere. */
  default void enqueueLast(Task task) {
    enqueue(task, false);
  }

  /** Whether each checkpoint gives way, asked or not. */
  boolean alwaysGivesWay();

  /** A cheap {@link System#nanoTime} that lags by a millisecond or so. */
  long roughNow();

  /** A task on this carrier will stay mounted and not run: its carrier's work is for others. */
  void stuck(Carrier carrier);

  /** Called when a task locks its OS thread: another will be needed soon. */
  void willNeedCarrier();

  Capabilities capabilities();

  /** Which OS threads are missing, since they cannot be started; empty if none is. */
  Optional<String> shortage();

  /** The tasks that do not leave their carriers, so that others have taken the carriers' places. */
  default List<Task> pinned() {
    return List.of();
  }

  /** The rest of the line of statistics, after the tasks' number. */
  String statistics();

  /** What is done each time that nothing has run for a while; by a thread that runs no tasks. */
  void whenQuiet(Runnable action);

  /** Ends the OS threads; no task is left. */
  void stop();
}
