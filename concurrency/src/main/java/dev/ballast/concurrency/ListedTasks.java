package dev.ballast.concurrency;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that were started and have not ended: lists that run through the tasks themselves, so
 * that a million short ones leave no garbage here. Each list has a lock of its own that is held for
 * a few instructions.
 */
final class ListedTasks implements LiveTasks {
  private static final int LISTS = 16;

  private static final class Line {
    @Nullable Task first;
  }

  private final Line[] lines = new Line[LISTS];
  private final AtomicInteger[] counts = new AtomicInteger[LISTS];

  ListedTasks() {
    for (int i = 0; i < LISTS; i++) {
      lines[i] = new Line();
      counts[i] = new AtomicInteger();
    }
  }

  @Override
  public void add(Task task) {
    int number = (int) task.id() & (LISTS - 1);
    counts[number].getAndIncrement();
    Line line = lines[number];
    synchronized (line) {
      Task first = line.first;
      task.nextLive = first;
      if (first != null) {
        first.previousLive = task;
      }
      line.first = task;
    }
  }

  @Override
  public void remove(Task task) {
    int number = (int) task.id() & (LISTS - 1);
    Line line = lines[number];
    synchronized (line) {
      Task before = task.previousLive;
      Task after = task.nextLive;
      if (before == null) {
        line.first = after;
      } else {
        before.nextLive = after;
      }
      if (after != null) {
        after.previousLive = before;
      }
      task.previousLive = null;
      task.nextLive = null;
    }
    counts[number].getAndDecrement();
  }

  @Override
  public int size() {
    int size = 0;
    for (AtomicInteger count : counts) {
      size += count.get();
    }
    return size;
  }

  @Override
  public List<Task> list() {
    List<Task> all = new ArrayList<>();
    forEach(all::add);
    all.sort(Comparator.comparingLong(Task::id));
    return all;
  }

  private void forEach(Consumer<Task> each) {
    for (Line line : lines) {
      synchronized (line) {
        for (Task task = line.first; task != null; task = task.nextLive) {
          each.accept(task);
        }
      }
    }
  }
}
