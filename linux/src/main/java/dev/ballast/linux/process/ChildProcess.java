package dev.ballast.linux.process;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Errno;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.call.Call;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A child that {@link Spawner} started: leader of a session and process group of its own.
 *
 * <p>Its number stays its own until {@link #waitFor} or {@link #close} collected it. Safe for use
 * by any thread; the waits block the OS thread under a virtual thread.
 */
public final class ChildProcess implements AutoCloseable {
  private static final Call WAITID = Call.of(INT, "waitid", INT, INT, POINTER, INT);
  private static final Call KILL = Call.of(INT, "kill", INT, INT);
  private static final int P_PIDFD = 3;
  private static final int WEXITED = 4;
  private static final int CLD_EXITED = 1;

  private final Pidfd pidfd;
  private final OutputStream input;
  private final InputStream output;
  private final InputStream error;
  private final Object reaping = new Object();
  private @Nullable Exit exit;

  ChildProcess(Pidfd pidfd, OutputStream input, InputStream output, InputStream error) {
    this.pidfd = pidfd;
    this.input = input;
    this.output = output;
    this.error = error;
  }

  public long pid() {
    return pidfd.pid();
  }

  /** Leads to the child's standard input; to nothing unless that is a {@link Stdio.Pipe}. */
  public OutputStream input() {
    return input;
  }

  /** The child's standard output; empty unless that is a {@link Stdio.Pipe}. */
  public InputStream output() {
    return output;
  }

  /** The child's standard error; empty unless that is a {@link Stdio.Pipe}. */
  public InputStream error() {
    return error;
  }

  /** Sends a signal to the child; false when it has ended and was collected. */
  public boolean signal(Signal signal) {
    synchronized (reaping) {
      return exit == null && pidfd.signal(signal);
    }
  }

  /** Sends a signal to all of the child's process group; false when the child was collected. */
  public boolean signalGroup(Signal signal) {
    synchronized (reaping) {
      if (exit != null) {
        return false;
      }
      long answer = KILL.apply(-pid(), signal.number());
      if (answer == -Errno.ESRCH) {
        return false;
      }
      KILL.check(answer, "group=" + pid(), signal);
      return true;
    }
  }

  /** Whether the child has not ended. */
  public boolean isAlive() {
    synchronized (reaping) {
      return exit == null && pidfd.isAlive();
    }
  }

  boolean isCollected() {
    synchronized (reaping) {
      return exit != null;
    }
  }

  /** How the child ended; empty when the time is over first. */
  public Optional<Exit> waitFor(Duration limit) {
    synchronized (reaping) {
      if (exit != null) {
        return Optional.of(exit);
      }
    }
    if (!pidfd.awaitExit(limit)) {
      return Optional.empty();
    }
    return Optional.of(collect());
  }

  private Exit collect() {
    synchronized (reaping) {
      Exit known = exit;
      if (known == null) {
        known = reap();
        exit = known;
      }
      return known;
    }
  }

  private Exit reap() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(128, 8);
      long answer =
          pidfd.fd().use(n -> Call.retry(() -> WAITID.apply(P_PIDFD, n, info.address(), WEXITED)));
      if (answer == -Errno.ECHILD) {
        throw new LinuxException(
            "waitid",
            Errno.of(Errno.ECHILD),
            List.of("pid=" + pid()),
            "someone else waited for it");
      }
      WAITID.check(answer, "pid=" + pid());
      int code = info.get(ValueLayout.JAVA_INT, 8);
      int status = info.get(ValueLayout.JAVA_INT, 24);
      return code == CLD_EXITED ? new Exit.Status(status) : new Exit.Killed(status);
    }
  }

  /** Kills the child's process group if the child still lives, collects it, closes the pipes. */
  @Override
  public void close() {
    synchronized (reaping) {
      if (exit == null) {
        signalGroup(Signal.KILL);
        exit = reap();
      }
    }
    closeQuietly(input);
    closeQuietly(output);
    closeQuietly(error);
    pidfd.close();
  }

  private static void closeQuietly(AutoCloseable stream) {
    try {
      stream.close();
    } catch (Exception e) {
      throw new IllegalStateException("closing a pipe does not fail", e);
    }
  }

  @Override
  public String toString() {
    return "process " + pid();
  }
}
