package dev.ballast.linux.process;

import static dev.ballast.linux.call.Call.LONG;

import dev.ballast.linux.Errno;
import dev.ballast.linux.Fd;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.call.Call;
import java.time.Duration;
import java.util.Optional;

/**
 * One process, and never another that got its number later. Linux 5.4 or newer. Safe for use by any
 * thread.
 */
public final class Pidfd implements AutoCloseable {
  // By number: the C library has names for them only since glibc 2.36. The same on every processor.
  private static final Call SYSCALL =
      Call.variadic(1, LONG, "syscall", LONG, LONG, LONG, LONG, LONG);
  private static final int PIDFD_SEND_SIGNAL = 424;
  private static final int PIDFD_OPEN = 434;

  private final long pid;
  private final Fd fd;

  private Pidfd(long pid, Fd fd) {
    this.pid = pid;
    this.fd = fd;
  }

  /**
   * Opens a process by its number; empty when there is none. Between learning a stranger's number
   * and this call it may have been given anew: compare what {@code /proc} says of it afterwards.
   */
  public static Optional<Pidfd> open(long pid) {
    long fd = SYSCALL.apply(PIDFD_OPEN, pid, 0, 0, 0);
    if (fd == -Errno.ESRCH) {
      return Optional.empty();
    }
    if (fd < 0) {
      throw new LinuxException("pidfd_open", Errno.of((int) -fd), java.util.List.of("pid=" + pid));
    }
    return Optional.of(new Pidfd(pid, Fd.adopt(fd, "pidfd of " + pid)));
  }

  public long pid() {
    return pid;
  }

  /** Sends a signal; false when the process has ended and was waited for. */
  public boolean signal(Signal signal) {
    long answer = fd.use(n -> SYSCALL.apply(PIDFD_SEND_SIGNAL, n, signal.number(), 0, 0));
    if (answer == -Errno.ESRCH) {
      return false;
    }
    if (answer < 0) {
      throw new LinuxException(
          "pidfd_send_signal",
          Errno.of((int) -answer),
          java.util.List.of("pid=" + pid, "signal=" + signal));
    }
    return true;
  }

  /** Waits until the process has ended; false when the time is over first. */
  public boolean awaitExit(Duration limit) {
    return fd.awaitReadable(limit);
  }

  /** Whether it still runs (or is stopped). */
  public boolean isAlive() {
    return !awaitExit(Duration.ZERO);
  }

  Fd fd() {
    return fd;
  }

  @Override
  public void close() {
    fd.close();
  }
}
