package dev.ballast.roles.admin;

import dev.ballast.concurrency.Frame;
import dev.ballast.concurrency.Scheduler;
import dev.ballast.concurrency.Snapshot;
import dev.ballast.concurrency.Suspension;
import dev.ballast.concurrency.Task;
import dev.ballast.concurrency.TaskInfo;
import dev.ballast.concurrency.TaskStack;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/**
 * What a process says of its tasks over the admin socket, below {@code /tasks}: the list, {@code
 * dump}, {@code snapshot}, {@code ID/stack}, {@code ID/suspend}, {@code ID/resume}. A suspension
 * ends with the connection that asked for it.
 */
public final class TaskAdmin {
  /** How long a running task may take to a safe point. */
  private static final Duration SAFE_POINT = Duration.ofSeconds(2);

  /** How long tasks that run are waited for when they are only looked at. */
  private static final Duration LOOK = Duration.ofMillis(100);

  private final Scheduler scheduler;
  private final ReentrantLock looking = new ReentrantLock();
  private final Map<Long, Deque<Hold>> held = new HashMap<>();

  /** A suspension, and what its client waits for. */
  private record Hold(Suspension suspension, CompletableFuture<Void> over) {}

  private TaskAdmin(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Answers for a scheduler's tasks. */
  public static void register(AdminHandlers handlers, Scheduler scheduler) {
    handlers.register("tasks", new TaskAdmin(scheduler)::answer);
  }

  private AdminResponse answer(AdminRequest request) throws InterruptedException {
    String[] words = request.path().split("/");
    boolean json = "json".equals(request.query().get("format"));
    return switch (words[0]) {
      case "" -> AdminResponse.text(list());
      case "dump" -> all(json);
      case "snapshot" -> all(true);
      default -> {
        Optional<Task> task = find(words[0]);
        if (task.isEmpty()) {
          yield AdminResponse.refusal(
              404, "there is no task " + words[0] + "; it may have ended: ask for the list");
        }
        yield words.length == 2
            ? one(task.get(), words[1])
            : AdminResponse.refusal(400, "a task has stack, suspend and resume");
      }
    };
  }

  private Optional<Task> find(String number) {
    if (!number.matches("[0-9]{1,18}")) {
      throw new IllegalArgumentException("not a task's number: " + number);
    }
    long id = Long.parseLong(number);
    return scheduler.tasks().stream().filter(task -> task.id() == id).findFirst();
  }

  private String list() {
    StringBuilder text =
        new StringBuilder(
            "%6s  %-9s %10s %10s  %-32s %-52s %s%n"
                .formatted("ID", "STATE", "AGE", "SINCE", "OS THREAD", "WAITS FOR", "NAME"));
    for (Task task : scheduler.tasks()) {
      TaskInfo info = TaskInfo.of(task);
      text.append(
          "%6d  %-9s %10s %10s  %-32s %-52s %s%n"
              .formatted(
                  info.id(),
                  info.suspensions() == 0
                      ? info.state()
                      : info.inNative() ? "IN NATIVE" : "SUSPENDED",
                  time(info.age()),
                  time(info.inState()),
                  info.osThread().isEmpty() ? "-" : info.osThread(),
                  info.waitReason().isEmpty() ? "-" : info.waitReason(),
                  info.name()));
    }
    return text.append(scheduler.statistics()).append('\n').toString();
  }

  private static String time(Duration duration) {
    return duration.toSeconds() >= 10 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
  }

  /** All tasks but the one that answers, all suspended before the first is read. */
  private AdminResponse all(boolean json) throws InterruptedException {
    // Two that stop all others at a time would stop each other.
    List<TaskStack> stacks;
    looking.lockInterruptibly();
    try {
      if (json) {
        try (Snapshot snapshot = scheduler.snapshot(scheduler.tasks(), LOOK)) {
          return AdminResponse.json(snapshot.json());
        }
      }
      stacks = scheduler.stacks(LOOK);
    } finally {
      looking.unlock();
    }
    // They run again: only their text is left to be made.
    return AdminResponse.text(stacks.stream().map(TaskStack::text).collect(Collectors.joining()));
  }

  private AdminResponse one(Task task, String question) throws InterruptedException {
    if (Task.current().filter(task::equals).isPresent()) {
      return AdminResponse.refusal(409, "task " + task.id() + " is the one that answers you");
    }
    try {
      return switch (question) {
        case "stack" -> {
          try (Snapshot snapshot = scheduler.snapshot(List.of(task), LOOK)) {
            yield AdminResponse.text(stack(snapshot.suspensions().getFirst()));
          }
        }
        case "suspend" ->
            AdminSocket.isServedBy(task.thread())
                ? AdminResponse.refusal(
                    409,
                    "task %d \"%s\" serves this admin socket, which could not resume it then"
                        .formatted(task.id(), task.thread().getName()))
                : hold(task.suspend(SAFE_POINT));
        case "resume" -> resume(task);
        default ->
            AdminResponse.refusal(400, "a task has stack, suspend and resume, not " + question);
      };
    } catch (TimeoutException e) {
      return AdminResponse.refusal(409, String.valueOf(e.getMessage()));
    }
  }

  private AdminResponse hold(Suspension suspension) {
    Task task = suspension.task();
    Hold hold = new Hold(suspension, new CompletableFuture<>());
    synchronized (held) {
      held.computeIfAbsent(task.id(), _ -> new ArrayDeque<>()).push(hold);
    }
    return new AdminResponse.Held(
        "task %d \"%s\" is suspended (%s); it goes on when this client ends"
            .formatted(task.id(), task.thread().getName(), where(suspension)),
        () -> end(hold),
        hold.over());
  }

  /** Where a suspended task is, in words. */
  private static String where(Suspension suspension) {
    if (suspension.inNative()) {
      return "its foreign code runs on, and it stops when that returns";
    }
    return switch (suspension.state()) {
      case RUNNING -> "stopped on its OS thread " + suspension.task().osThread();
      case WAITING -> "it was waiting";
      case RUNNABLE, HELD -> "it was ready to run";
      case DEAD -> "it had ended";
    };
  }

  private void end(Hold hold) {
    synchronized (held) {
      held.computeIfPresent(
          hold.suspension().task().id(),
          (_, all) -> {
            all.remove(hold);
            return all.isEmpty() ? null : all;
          });
    }
    hold.suspension().close();
    hold.over().complete(null);
  }

  private AdminResponse resume(Task task) {
    Hold last;
    synchronized (held) {
      Deque<Hold> all = held.get(task.id());
      last = all == null ? null : all.peek();
    }
    if (last == null) {
      return AdminResponse.refusal(409, "task " + task.id() + " was not suspended from here");
    }
    end(last);
    return AdminResponse.text(
        "task %d: one suspension ended, %d are left%n".formatted(task.id(), task.suspensions()));
  }

  private static String stack(Suspension suspension) {
    Task task = suspension.task();
    String reason = suspension.waitReason();
    StringBuilder text =
        new StringBuilder(
            "task %d \"%s\" [%s%s]:%n"
                .formatted(
                    task.id(),
                    task.thread().getName(),
                    suspension.state(),
                    reason.isEmpty() ? "" : ", " + reason));
    for (Frame frame : suspension.frames()) {
      text.append("\tat ").append(frame.at()).append('\n');
      if (frame.unavailable().isPresent()) {
        continue;
      }
      held(text, "holds", frame.references());
      held(text, "owns the monitor of", frame.monitors());
    }
    if (suspension.mounted()) {
      text.append(
          "\tit runs: these are the frames of a moment; what they hold is unavailable: mounted\n");
    }
    return text.append(task.origin()).toString();
  }

  private static void held(StringBuilder text, String word, List<Object> objects) {
    if (!objects.isEmpty()) {
      text.append("\t   ")
          .append(word)
          .append(' ')
          .append(
              objects.stream()
                  .map(object ->
                      object.getClass().getName()
                          + "@"
                          + Integer.toHexString(System.identityHashCode(object)))
                  .distinct()
                  .collect(Collectors.joining(", ")));
      text.append('\n');
    }
  }
}
