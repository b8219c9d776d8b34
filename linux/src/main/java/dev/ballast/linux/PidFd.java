package dev.ballast.linux;

import java.time.Duration;

/**
 * A process held by a descriptor, pidfd_open(2): a signal through it can not hit a stranger that
 * got the number later.
 */
public final class PidFd implements AutoCloseable {
  /** The signals that are used here, signal(7). */
  public enum Signal {
    HANGUP(1),
    INTERRUPT(2),
    KILL(9),
    TERMINATE(15),
    CONTINUE(18),
    STOP(19);

    private final int number;

    Signal(int number) {
      this.number = number;
    }
  }

  private final FileDescriptor descriptor;
  private final long pid;

  private PidFd(FileDescriptor descriptor, long pid) {
    this.descriptor = descriptor;
    this.pid = pid;
  }

  /** Takes hold of a process; of a child that was not waited for this is never somebody else. */
  public static PidFd open(long pid) throws LinuxException {
    return new PidFd(
        new FileDescriptor(
            Kernel.call("pidfd_open(" + pid + ")", Kernel.Call.PIDFD_OPEN, pid, 0), "pid " + pid),
        pid);
  }

  /** The number it had when it was taken hold of. */
  public long pid() {
    return pid;
  }

  /** Sends a signal; ESRCH when the process has ended. */
  public void send(Signal signal) throws LinuxException {
    Kernel.call(
        signal + " to " + pid,
        Kernel.Call.PIDFD_SEND_SIGNAL,
        descriptor.number(),
        signal.number,
        0,
        0);
  }

  /** Waits until the process has ended; whether it did in time. */
  public boolean awaitEnd(Duration timeout) throws LinuxException {
    try (FileDescriptor never = FileDescriptor.event()) {
      return Poll.await(descriptor, never, timeout) == Poll.Ready.FIRST;
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
