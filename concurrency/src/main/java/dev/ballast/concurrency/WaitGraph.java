package dev.ballast.concurrency;

import dev.ballast.concurrency.Blocked.Kind;
import dev.ballast.concurrency.Deadlocks.Wait;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.AbstractOwnableSynchronizer;
import java.util.concurrent.locks.AbstractQueuedSynchronizer;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for whom: for the owner of a monitor or lock, for who is first in line for a lock that
 * is free, for the end of a task, and, if it is suspended, for who suspended it. One may wait for
 * several, and goes on only when all of them have done their part.
 */
final class WaitGraph {
  private final Map<Thread, List<Wait>> waits = new HashMap<>();

  /**
   * Builds the graph of what was seen.
   *
   * @param own the suspensions under which it was seen, which hold nobody up
   */
  WaitGraph(List<Seen> views, Set<Suspension> own) {
    IdentityHashMap<Object, Thread> owners = owners(views);
    PlatformThreads platform = PlatformThreads.now();
    owners.keySet().removeIf(monitor -> platform.owner(monitor) != null);
    for (Seen view : views) {
      Thread owner = isForEver(view.blocked()) ? owner(view, owners, platform) : null;
      if (owner != null && owner != view.thread()) {
        add(Wait.of(view, owner));
      }
      for (Suspension each : view.task().openSuspensions()) {
        Optional<Thread> by = own.contains(each) ? Optional.empty() : each.by();
        by.ifPresent(thread -> add(Wait.suspended(view, thread)));
      }
    }
    Map<String, Thread> byName = new HashMap<>();
    owners.forEach((monitor, thread) -> byName.put(PlatformThreads.name(monitor), thread));
    platform.waiting(byName).forEach(each -> add(Wait.of(each)));
  }

  private void add(Wait wait) {
    waits.computeIfAbsent(wait.thread(), _ -> new ArrayList<>()).add(wait);
  }

  /** Each of some circles of those that wait for the next, the last for the first. */
  List<List<Wait>> cycles() {
    List<List<Wait>> cycles = new ArrayList<>();
    Set<Thread> done = new HashSet<>();
    for (Thread from : waits.keySet()) {
      follow(from, new ArrayList<>(), done, cycles);
    }
    // Threads of the JVM that wait for each other alone are its own tools' to find.
    return cycles.stream()
        .filter(each -> each.stream().anyMatch(w -> w.task().isPresent()))
        .toList();
  }

  /** The path is as long as there are threads at most. */
  private void follow(Thread at, List<Wait> path, Set<Thread> done, List<List<Wait>> cycles) {
    for (int i = 0; i < path.size(); i++) {
      if (path.get(i).thread() == at) {
        cycles.add(List.copyOf(path.subList(i, path.size())));
        return;
      }
    }
    if (!done.add(at)) {
      return;
    }
    for (Wait wait : waits.getOrDefault(at, List.of())) {
      path.add(wait);
      follow(wait.owner().orElseThrow(), path, done, cycles);
      path.removeLast();
    }
  }

  static boolean isForEver(Blocked waits) {
    return !waits.timed()
        && switch (waits.kind()) {
          case MONITOR, OBJECT_WAIT, JOIN, PARK -> true;
          case RUNNING, RUNNABLE, HELD, NOT_STARTED, DEAD, SLEEP, SOCKET -> false;
        };
  }

  /** Whose monitors are known. */
  @SuppressWarnings("ReferenceEquality") // monitors are known by identity
  static IdentityHashMap<Object, Thread> owners(List<Seen> views) {
    IdentityHashMap<Object, Thread> owners = new IdentityHashMap<>();
    for (Seen view : views) {
      Blocked waits = view.blocked();
      if (waits.kind() == Kind.OBJECT_WAIT && waits.on().isEmpty()) {
        // It has given one of its monitors away, and which one can not be seen.
        continue;
      }
      Object notOwned =
          waits.kind() == Kind.MONITOR || waits.kind() == Kind.OBJECT_WAIT
              ? waits.on().orElse(null)
              : null;
      for (Frame frame : view.frames()) {
        if (frame.unavailable().isPresent()) {
          break;
        }
        for (Object monitor : frame.monitors()) {
          if (monitor != notOwned) {
            owners.put(monitor, view.thread());
          }
        }
      }
    }
    return owners;
  }

  /** Who has to do something first, among tasks; null if that is not known. */
  static @Nullable Thread owner(Seen view, IdentityHashMap<Object, Thread> monitors) {
    Object on = view.blocked().on().orElse(null);
    return switch (on) {
      case null -> null;
      case Thread joined when view.blocked().kind() == Kind.JOIN -> joined;
      case Task joined when view.blocked().kind() == Kind.JOIN -> joined.thread();
      case AbstractOwnableSynchronizer lock when view.blocked().kind() == Kind.PARK -> {
        Thread owner = ownerOrFirst(lock);
        yield owner == view.thread() ? null : owner;
      }
      default -> view.blocked().kind() == Kind.MONITOR ? monitors.get(on) : null;
    };
  }

  private static @Nullable Thread owner(
      Seen view, IdentityHashMap<Object, Thread> monitors, PlatformThreads platform) {
    Thread owner = owner(view, monitors);
    if (owner != null || view.blocked().kind() != Kind.MONITOR) {
      return owner;
    }
    // Where a frame has several monitors, it is not certain which one it is about to enter; none
    // that another owns is its own.
    return view.frames().stream()
        .limit(1)
        .filter(frame -> frame.unavailable().isEmpty())
        .flatMap(frame -> frame.monitors().stream())
        .map(platform::owner)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** The owner of a lock; of one that is free, or has none by nature, the first in line for it. */
  static @Nullable Thread ownerOrFirst(AbstractOwnableSynchronizer lock) {
    Thread owner = JdkInternals.get().owner(lock);
    return owner == null && lock instanceof AbstractQueuedSynchronizer queue
        ? queue.getFirstQueuedThread()
        : owner;
  }
}
