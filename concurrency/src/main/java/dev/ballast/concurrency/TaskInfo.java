package dev.ballast.concurrency;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * What can be told of a task without stopping it; of one that runs it may be old already.
 *
 * @param age since its creation
 * @param inState since it last left its OS thread
 * @param waitReason what it waits for; empty when it does not, or does not say; {@code in the
 *     kernel} for one that runs and whose OS thread waits in a system call
 * @param osThread the name and kernel number of the OS thread that it runs on or is wired to, or
 *     empty
 * @param suspensions how many hold it
 * @param inNative whether it is suspended, but foreign code of it still runs and stops when it
 *     returns
 * @param parent the number of the task that made it
 * @param id its number
 * @param name its thread's name
 * @param state where it is
 */
public record TaskInfo(
    long id,
    String name,
    TaskState state,
    Duration age,
    Duration inState,
    String waitReason,
    String osThread,
    int suspensions,
    boolean inNative,
    OptionalLong parent) {

  /**
   * Asks a task now.
   *
   * @param task which may run meanwhile
   * @return what can be told of it
   */
  public static TaskInfo of(Task task) {
    TaskState state = task.state();
    Thread thread = task.thread();
    return new TaskInfo(
        task.id(),
        thread.getName(),
        state,
        Duration.ofNanos(Math.max(0, System.nanoTime() - task.createdAt())),
        task.inState(),
        WaitReason.of(task, state, thread::getStackTrace),
        task.osThread(),
        task.suspensions(),
        task.isStoppedMounted() && Jvmti.isInNative(task.thread()),
        task.parent().map(parent -> OptionalLong.of(parent.id())).orElse(OptionalLong.empty()));
  }
}
