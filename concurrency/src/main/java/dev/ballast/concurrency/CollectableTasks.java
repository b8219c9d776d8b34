package dev.ballast.concurrency;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tasks that the garbage collector may take when nobody can wake them, and those that {@link Leaks}
 * found so and keeps. Who counts or lists them sees none in between: a lock is held.
 */
final class CollectableTasks implements LiveTasks {
  private static final class Ref extends WeakReference<Task> {
    private final long id;

    Ref(Task task, ReferenceQueue<Task> lost) {
      super(task, lost);
      this.id = task.id();
    }
  }

  private final Map<Long, Ref> live = new ConcurrentHashMap<>();
  private final Set<Task> leaked = ConcurrentHashMap.newKeySet();
  private final ReferenceQueue<Task> lost = new ReferenceQueue<>();

  @Override
  public void add(Task task) {
    expunge();
    task.canary = new Leaks.Canary(task, this);
    live.put(task.id(), new Ref(task, lost));
  }

  @Override
  public synchronized void remove(Task task) {
    live.remove(task.id());
    leaked.remove(task);
  }

  private void expunge() {
    for (Reference<? extends Task> gone = lost.poll(); gone != null; gone = lost.poll()) {
      live.remove(((Ref) gone).id, gone);
    }
  }

  /** Those that are not leaked. */
  @Override
  public synchronized int size() {
    expunge();
    return Math.max(0, live.size() - leaked.size());
  }

  @Override
  public synchronized List<Task> list() {
    return live.values().stream()
        .map(Ref::get)
        .filter(Objects::nonNull)
        .sorted(Comparator.comparingLong(Task::id))
        .toList();
  }

  /** Keeps a task that the collector had found, and lists it again. */
  synchronized void leak(Task task) {
    leaked.add(task);
    live.put(task.id(), new Ref(task, lost));
  }

  boolean isLeaked(Task task) {
    return leaked.contains(task);
  }

  List<Task> leaked() {
    return leaked.stream().sorted(Comparator.comparingLong(Task::id)).toList();
  }
}
