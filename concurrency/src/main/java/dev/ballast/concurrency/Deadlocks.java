package dev.ballast.concurrency;

import dev.ballast.concurrency.Blocked.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds tasks that wait for each other. A task waits for the owner of the monitor that it enters,
 * of the lock of java.util.concurrent that it takes, or for the end of the task that it joins. Who
 * will put into a queue, release a semaphore or notify is nobody's knowledge; such waits are in no
 * cycle, but they count when all are asleep.
 */
public final class Deadlocks {
  private Deadlocks() {}

  /**
   * One that waits without limit.
   *
   * @param thread which waits: that of a task, or one of the JVM's
   * @param task which waits; empty if it is none
   * @param reason what it waits for, in a few words
   * @param owner who has to do something first, if that is known
   * @param stack where it waits, as a dump has it
   */
  public record Wait(
      Thread thread, Optional<Task> task, String reason, Optional<Thread> owner, String stack) {
    static Wait of(Seen seen, @Nullable Thread owner) {
      return new Wait(
          seen.thread(),
          Optional.of(seen.task()),
          seen.blocked().toString(),
          Optional.ofNullable(owner),
          seen.text());
    }

    static Wait suspended(Seen seen, Thread by) {
      return new Wait(
          seen.thread(),
          Optional.of(seen.task()),
          "suspended by " + name(by),
          Optional.of(by),
          seen.text());
    }

    static Wait of(PlatformThreads.Waiting waiting) {
      return new Wait(
          waiting.thread(),
          Optional.empty(),
          waiting.reason(),
          Optional.of(waiting.owner()),
          waiting.stack());
    }

    @Override
    public String toString() {
      return "%s waits%s: %s"
          .formatted(
              task.map(t -> "task %d \"%s\"".formatted(t.id(), thread.getName()))
                  .orElseGet(() -> name(thread)),
              owner.map(o -> " for " + name(o)).orElse(""),
              reason);
    }

    private static String name(Thread thread) {
      Task known = Task.of(thread);
      return known == null ? "thread \"" + thread.getName() + "\"" : "task " + known.id();
    }
  }

  /**
   * What was found.
   *
   * @param cycles tasks, and threads between them, of which each waits for the next and the last
   *     for the first
   * @param asleep all tasks, if none of them runs, is ready, or waits for time, a socket or what a
   *     thread that is no task has; else empty. Only a thread outside the scheduler can wake one
   *     then.
   */
  public record Report(List<List<Wait>> cycles, List<Wait> asleep) {
    /** Takes what it is made of. */
    public Report {
      cycles = cycles.stream().map(List::copyOf).toList();
      asleep = List.copyOf(asleep);
    }

    /** {@return whether nothing was found} */
    public boolean isEmpty() {
      return cycles.isEmpty() && asleep.isEmpty();
    }

    /**
     * In Go's words, the wait-for graph, and the stacks.
     *
     * @return several lines
     */
    public String text() {
      if (isEmpty()) {
        return "no deadlock was found\n";
      }
      StringBuilder text = new StringBuilder();
      if (!asleep.isEmpty()) {
        text.append(headline(asleep)).append('\n');
      }
      for (List<Wait> cycle : cycles) {
        text.append("\n")
            .append(cycle.size())
            .append(
                cycle.stream().allMatch(wait -> wait.task().isPresent())
                    ? " tasks wait for each other:\n"
                    : " tasks and threads wait for each other:\n");
        cycle.forEach(wait -> text.append("  ").append(wait).append('\n'));
      }
      List<Wait> all = asleep.isEmpty() ? cycles.stream().flatMap(List::stream).toList() : asleep;
      if (!asleep.isEmpty()) {
        text.append("\nall that wait:\n");
        all.forEach(wait -> text.append("  ").append(wait).append('\n'));
      }
      text.append('\n');
      all.forEach(wait -> text.append(wait.stack()));
      return text.toString();
    }
  }

  /**
   * Looks once. Tasks are held while they are looked at, never longer; the caller's is left out.
   *
   * @param scheduler whose tasks
   * @return what was found, maybe nothing
   * @throws UnsupportedOperationException if the scheduler lacks {@link
   *     Capability#SUSPEND_ANYWHERE}
   * @throws InterruptedException if the calling thread is interrupted meanwhile
   */
  public static Report detect(Scheduler scheduler) throws InterruptedException {
    scheduler.capabilities().require(Capability.SUSPEND_ANYWHERE);
    List<Task> tasks =
        scheduler.tasks().stream().filter(task -> task.thread() != Thread.currentThread()).toList();
    List<Wait> asleep = asleep(tasks, true);
    // Cycles are looked for among all first, then again with their members held together: what is
    // seen one after the other may never have been true at once.
    List<List<Wait>> cycles = new ArrayList<>();
    for (List<Wait> suspected : new WaitGraph(views(tasks), Set.of()).cycles()) {
      Set<Task> members = new HashSet<>();
      suspected.forEach(wait -> wait.task().ifPresent(members::add));
      try (Snapshot held = scheduler.suspendAll(members, Duration.ZERO)) {
        Set<Suspension> own = new HashSet<>(held.suspensions());
        cycles.addAll(
            new WaitGraph(held.suspensions().stream().map(Seen::of).toList(), own).cycles());
      } catch (TimeoutException runs) {
        // One of them runs, so it waits for nobody.
      }
    }
    return new Report(cycles, asleep);
  }

  /**
   * Looks whenever the scheduler has nothing to run, and tells {@code found} when all tasks are
   * asleep or some wait for each other: from the scheduler's monitor thread, once for each sleep.
   * For processes whose tasks are woken by tasks alone, as Go assumes of every program; where other
   * threads wake tasks, {@code found} has to decide by the cycles.
   *
   * @param scheduler whose tasks
   * @param found is told what was found; it must not block
   * @throws UnsupportedOperationException if the scheduler lacks {@link
   *     Capability#SUSPEND_ANYWHERE}
   */
  public static void watch(Scheduler scheduler, Consumer<Report> found) {
    scheduler.capabilities().require(Capability.SUSPEND_ANYWHERE);
    scheduler.whenQuiet(() -> {
      try {
        // Most quiet processes wait for time or a socket: that is seen without holding anybody.
        if (scheduler.tasks().stream()
            .anyMatch(task -> task.thread().getState() == Thread.State.TIMED_WAITING)) {
          return;
        }
        Report report = detect(scheduler);
        if (!report.isEmpty()) {
          found.accept(report);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
  }

  private static List<Seen> views(List<Task> tasks) throws InterruptedException {
    List<Seen> views = new ArrayList<>();
    for (Task task : tasks) {
      Thread.State state = task.thread().getState();
      if (state == Thread.State.BLOCKED
          || state == Thread.State.WAITING
          || task.suspensions() > 0) {
        views.add(Seen.of(task));
      }
    }
    return views;
  }

  /**
   * All of these tasks that have not ended, if each waits without limit for what only one of them
   * can do; else none. They are held while they are looked at.
   *
   * @param othersResume whether who suspended one of them may be no task, and resume it
   */
  static List<Wait> asleep(List<Task> tasks, boolean othersResume) throws InterruptedException {
    List<Suspension> held = new ArrayList<>();
    try {
      for (Task task : tasks) {
        held.add(task.suspend(Duration.ZERO));
        if (othersResume && task.suspensions() > 1) {
          return List.of();
        }
      }
      List<Seen> views = new ArrayList<>();
      for (Suspension each : held) {
        Seen view = Seen.of(each);
        if (view.blocked().kind() == Kind.DEAD) {
          continue;
        }
        boolean othersHold = view.blocked().kind() == Kind.HELD && view.task().suspensions() > 1;
        if (!othersHold && !WaitGraph.isForEver(view.blocked())) {
          return List.of();
        }
        views.add(view);
      }
      IdentityHashMap<Object, Thread> owners = WaitGraph.owners(views);
      List<Wait> waits = new ArrayList<>();
      for (Seen view : views) {
        Thread owner = WaitGraph.owner(view, owners);
        boolean outsiders = owner == null ? isOutsiders(view, views) : Task.of(owner) == null;
        if (outsiders) {
          return List.of();
        }
        waits.add(Wait.of(view, owner));
      }
      // Somebody outside may have woken one meanwhile.
      return held.stream()
              .anyMatch(each -> each.state() == TaskState.HELD && each.task().suspensions() == 1)
          ? List.of()
          : waits;
    } catch (TimeoutException runs) {
      return List.of();
    } finally {
      held.forEach(Suspension::close);
    }
  }

  /**
   * Whether a task that enters a monitor, which is none of those that tasks are known to own, waits
   * for a thread that is no task: for its owner, or, if it is free already, for the JDK's own
   * thread that makes those run again who were let in. So it is of one that no frame names, since
   * compiled code does not tell which it enters.
   */
  private static boolean isOutsiders(Seen view, List<Seen> all) {
    return view.blocked().kind() == Kind.MONITOR
        && all.stream()
            .flatMap(each -> each.frames().stream())
            .allMatch(frame -> frame.unavailable().isEmpty());
  }

  /** Whether they wait for each other, or somebody may wake one whom no lock or frame names. */
  static String headline(List<Wait> asleep) {
    return asleep.stream().allMatch(wait -> wait.owner().isPresent())
        ? "all tasks are asleep - deadlock!"
        : "all tasks are asleep - only threads outside of the scheduler can wake them";
  }
}
