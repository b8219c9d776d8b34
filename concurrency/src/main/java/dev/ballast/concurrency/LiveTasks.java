package dev.ballast.concurrency;

import java.util.List;

/** The tasks that were started and have not ended. May be used by any thread. */
sealed interface LiveTasks permits ListedTasks, CollectableTasks {
  void add(Task task);

  void remove(Task task);

  /** Nearly true while tasks come and go; exact when nothing else happens. */
  int size();

  /** Oldest first. */
  List<Task> list();

  /**
   * Those that can be found to be leaked: where the JVM does not keep all virtual threads, the
   * scheduler must not either.
   */
  static LiveTasks forThisJvm() {
    return Leaks.areSeen() ? new CollectableTasks() : new ListedTasks();
  }
}
