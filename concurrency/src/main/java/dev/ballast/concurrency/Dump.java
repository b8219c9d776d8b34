package dev.ballast.concurrency;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Suspended tasks as text in the style of Go's stack dump, and as JSON in the schema of {@code jcmd
 * PID Thread.dump_to_file -format=json}, with a field {@code task} of our own for each thread.
 */
final class Dump {
  private Dump() {}

  static String text(TaskStack stack) {
    Task task = stack.task();
    String reason = stack.waitReason();
    StringBuilder text = new StringBuilder();
    text.append(
        "task %d \"%s\" [%s%s, %s%s]:\n"
            .formatted(
                task.id(),
                task.thread().getName(),
                word(stack.state()),
                reason.isEmpty() ? "" : ", " + reason,
                time(stack.inState()),
                task.osThread().isEmpty() ? "" : ", locked to " + task.osThread()));
    stack.frames().forEach(frame -> text.append("\tat ").append(frame).append('\n'));
    if (!stack.unavailable().isEmpty() && stack.depth() > 0) {
      text.append(stack.wasMounted() ? "\t(these are the frames of a moment; " : "\t(")
          .append("what they hold is unavailable: ")
          .append(stack.unavailable())
          .append(")\n");
    }
    return text.append(task.origin()).append('\n').toString();
  }

  private static Optional<String> unavailable(List<Frame> frames) {
    return frames.stream().flatMap(frame -> frame.unavailable().stream()).findFirst();
  }

  /** Who made it, and where, as far as that is known. */
  static String origin(Task task) {
    StringBuilder text = new StringBuilder();
    if (task.ancestors().isEmpty() && task.parentId() != 0) {
      text.append("created by task ")
          .append(task.parentId())
          .append(task.parent().map(parent -> " \"" + parent.thread().getName() + "\"").orElse(""))
          .append('\n');
    }
    String word = "created by ";
    for (Ancestor ancestor : task.ancestors()) {
      text.append(word)
          .append(ancestor.task() == 0 ? "thread" : "task " + ancestor.task())
          .append(" \"")
          .append(ancestor.name())
          .append("\"\n");
      ancestor.stack().forEach(frame -> text.append("\tat ").append(frame).append('\n'));
      word = "originating from ";
    }
    return text.toString();
  }

  private static String word(TaskState state) {
    return switch (state) {
      case RUNNABLE -> "runnable";
      case RUNNING -> "running";
      case WAITING -> "waiting";
      case HELD -> "runnable, held";
      case DEAD -> "dead";
    };
  }

  private static String time(Duration duration) {
    long minutes = duration.toMinutes();
    return minutes > 0 ? minutes + " minutes" : duration.toMillis() + " ms";
  }

  static String json(String scheduler, List<Suspension> suspensions, Instant now) {
    Json json = new Json();
    json.open("threadDump");
    json.field("processId", Long.toString(ProcessHandle.current().pid()));
    json.field("time", now.toString());
    json.field("runtimeVersion", Runtime.version().toString());
    json.openArray("threadContainers");
    // Who builds the tree of containers looks for its root.
    json.openElement();
    json.field("container", "<root>");
    json.nothing("parent");
    json.nothing("owner");
    json.openArray("threads");
    json.closeArray();
    json.field("threadCount", "0");
    json.close();
    json.openElement();
    json.field("container", scheduler);
    json.field("parent", "<root>");
    json.nothing("owner");
    json.openArray("threads");
    for (Suspension each : suspensions) {
      thread(json, each, now);
    }
    json.closeArray();
    json.field("threadCount", Integer.toString(suspensions.size()));
    json.close();
    json.closeArray();
    json.close();
    return json.end();
  }

  private static void thread(Json json, Suspension suspension, Instant now) {
    Task task = suspension.task();
    List<Frame> frames = suspension.frames();
    json.openElement();
    json.field("tid", Long.toString(task.thread().threadId()));
    json.field("time", now.toString());
    json.flag("virtual", true);
    json.field("name", task.thread().getName());
    json.field("state", task.thread().getState().toString());
    Optional<Object> blocker = suspension.waitsOn();
    if (blocker.isPresent()) {
      json.open("parkBlocker");
      json.field("object", identity(blocker.get()));
      json.close();
    }
    Blocked blocked = Blocked.of(task, frames);
    switch (blocked.kind()) {
      case MONITOR -> blocked.on().ifPresent(on -> json.field("blockedOn", identity(on)));
      case OBJECT_WAIT -> blocked.on().ifPresent(on -> json.field("waitingOn", identity(on)));
      case RUNNING, RUNNABLE, HELD, NOT_STARTED, DEAD, SLEEP, SOCKET, JOIN, PARK -> {}
    }
    json.openArray("stack");
    frames.forEach(frame -> json.element(frame.at().toString()));
    json.closeArray();
    monitorsOwned(json, frames, blocked);
    task.carrierThread().ifPresent(on -> json.field("carrier", Long.toString(on.threadId())));
    json.open("task");
    json.number("id", task.id());
    json.field("state", suspension.state().toString());
    json.field("waitReason", suspension.waitReason());
    json.number("millisInState", task.inState().toMillis());
    json.number("suspensions", task.suspensions());
    json.field("osThread", task.osThread());
    if (task.parentId() != 0) {
      json.number("createdBy", task.parentId());
    }
    if (!task.ancestors().isEmpty()) {
      json.openArray("createdStack");
      task.ancestors().getFirst().stack().forEach(frame -> json.element(frame.toString()));
      json.closeArray();
    }
    unavailable(frames).ifPresent(why -> json.field("references", "unavailable: " + why));
    json.openArray("frames");
    for (Frame frame : frames) {
      json.openElement();
      json.field("at", frame.at().toString());
      if (frame.unavailable().isEmpty()) {
        json.openArray("references");
        frame.references().forEach(reference -> json.element(identity(reference)));
        json.closeArray();
        json.openArray("monitors");
        frame.monitors().forEach(monitor -> json.element(identity(monitor)));
        json.closeArray();
      }
      json.close();
    }
    json.closeArray();
    json.close();
    json.close();
  }

  /** As the JDK has them: what a frame is about to enter is not among them. */
  @SuppressWarnings("ReferenceEquality") // monitors are known by identity
  private static void monitorsOwned(Json json, List<Frame> frames, Blocked blocked) {
    Object notOwned = blocked.kind() == Blocked.Kind.MONITOR ? blocked.on().orElse(null) : null;
    boolean any = false;
    for (int depth = 0; depth < frames.size(); depth++) {
      Frame frame = frames.get(depth);
      List<Object> owned =
          frame.unavailable().isPresent()
              ? List.of()
              : frame.monitors().stream().filter(monitor -> monitor != notOwned).toList();
      if (owned.isEmpty()) {
        continue;
      }
      if (!any) {
        json.openArray("monitorsOwned");
        any = true;
      }
      json.openElement();
      json.number("depth", depth);
      json.openArray("locks");
      owned.forEach(monitor -> json.element(identity(monitor)));
      json.closeArray();
      json.close();
    }
    if (any) {
      json.closeArray();
    }
  }

  /** As {@link Object#toString} has it; the object's own text may be a secret, or wrong. */
  private static String identity(Object object) {
    return object.getClass().getName() + "@" + Integer.toHexString(System.identityHashCode(object));
  }
}
