package dev.ballast.concurrency;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Why a task does not run.
 *
 * @param kind what sort of wait
 * @param on the object it waits for: the lock, the queue's condition, the monitor, the thread or
 *     task that it joins; empty when the waiting code named none
 * @param timed whether it ends by itself after some time
 */
record Blocked(Kind kind, Optional<Object> on, boolean timed) {
  private static final int LOOK = 12;

  /** The sorts of waits, each with the words of a dump. */
  enum Kind {
    RUNNING("running"),
    RUNNABLE("runnable"),
    HELD("held"),
    NOT_STARTED("not started"),
    DEAD("dead"),
    SLEEP("sleep"),
    MONITOR("monitor enter"),
    OBJECT_WAIT("Object.wait"),
    SOCKET("IO wait"),
    JOIN("join"),
    PARK("park");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  /** The reason of a task that is held or was just looked at, from its frames, innermost first. */
  static Blocked of(Task task, List<Frame> frames) {
    Kind kind = kind(task, frames);
    Optional<Object> on =
        switch (kind) {
          case RUNNING, RUNNABLE, HELD, NOT_STARTED, DEAD, SLEEP, SOCKET -> Optional.empty();
          // What a thread has not entered yet is listed first in its innermost frame.
          case MONITOR ->
              frames.isEmpty() || isWaiting(frames.get(0))
                  ? waitedFor(frames)
                  : known(frames.get(0)).flatMap(frame -> frame.monitors().stream()).findFirst();
          case OBJECT_WAIT -> waitedFor(frames);
          case JOIN ->
              look(frames)
                  .filter(Blocked::isJoining)
                  .flatMap(Blocked::known)
                  .flatMap(frame -> frame.references().stream())
                  .filter(object -> object instanceof Thread || object instanceof Task)
                  .findFirst()
                  .or(() -> Optional.ofNullable(LockSupport.getBlocker(task.thread())));
          case PARK -> Optional.ofNullable(LockSupport.getBlocker(task.thread()));
        };
    return new Blocked(kind, on, task.thread().getState() == Thread.State.TIMED_WAITING);
  }

  private static Kind kind(Task task, List<Frame> frames) {
    return switch (task.state()) {
      case RUNNING -> Kind.RUNNING;
      case RUNNABLE -> Kind.RUNNABLE;
      case HELD -> Kind.HELD;
      case DEAD -> Kind.DEAD;
      case WAITING ->
          switch (task.thread().getState()) {
            case NEW -> Kind.NOT_STARTED;
            case BLOCKED -> Kind.MONITOR;
            case TERMINATED -> Kind.DEAD;
            case RUNNABLE, WAITING, TIMED_WAITING -> {
              if (look(frames).anyMatch(frame -> isIn(frame, "java.lang.Thread", "sleep"))) {
                yield Kind.SLEEP;
              } else if (look(frames).anyMatch(Blocked::isWaiting)) {
                yield Kind.OBJECT_WAIT;
              } else if (look(frames)
                  .anyMatch(frame -> frame.at().getClassName().startsWith("sun.nio.ch."))) {
                yield Kind.SOCKET;
              } else if (look(frames).anyMatch(Blocked::isJoining)) {
                yield Kind.JOIN;
              }
              yield Kind.PARK;
            }
          };
    };
  }

  private static Stream<Frame> look(List<Frame> frames) {
    return frames.stream().limit(LOOK);
  }

  /** Nothing where it is not to be had what the frame holds. */
  private static Stream<Frame> known(Frame frame) {
    return frame.unavailable().isEmpty() ? Stream.of(frame) : Stream.empty();
  }

  private static boolean isWaiting(Frame frame) {
    return frame.at().getClassName().equals("java.lang.Object")
        && frame.at().getMethodName().startsWith("wait");
  }

  private static Optional<Object> waitedFor(List<Frame> frames) {
    return look(frames)
        .filter(Blocked::isWaiting)
        .flatMap(Blocked::known)
        .flatMap(frame -> frame.references().stream())
        .findFirst();
  }

  private static boolean isJoining(Frame frame) {
    return isIn(frame, "java.lang.VirtualThread", "joinNanos")
        || isIn(frame, "java.lang.Thread", "join")
        || isIn(frame, Task.class.getName(), "join");
  }

  private static boolean isIn(Frame frame, String type, String method) {
    return frame.at().getClassName().equals(type) && frame.at().getMethodName().equals(method);
  }

  /** As a dump says it: {@code park on java.util.concurrent.locks.ReentrantLock$NonfairSync}. */
  @Override
  public String toString() {
    return kind.words
        + on.map(object -> " on " + name(object)).orElse("")
        + (timed && kind != Kind.SLEEP ? ", timed" : "");
  }

  private static String name(Object object) {
    return switch (object) {
      case Task task -> "task " + task.id();
      case Thread thread -> {
        Task task = Task.of(thread);
        yield task == null ? "thread " + thread.getName() : "task " + task.id();
      }
      default -> object.getClass().getName();
    };
  }
}
