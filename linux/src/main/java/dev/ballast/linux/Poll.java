package dev.ballast.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/** Waits until one of two descriptors can be read, poll(2). */
final class Poll {
  private static final short POLLIN = 1;
  private static final long FOR_EVER = 0;

  private Poll() {}

  /** What ended the wait. */
  enum Ready {
    FIRST,
    WAKEUP,
    TIMEOUT
  }

  /** Waits for {@code first} or {@code wakeup}; the latter wins when both are ready. */
  static Ready await(FileDescriptor first, FileDescriptor wakeup, Duration timeout)
      throws LinuxException {
    long deadline = System.nanoTime() + timeout.toNanos();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment fds = arena.allocate(16, 8);
      MemorySegment time = arena.allocate(16, 8);
      while (true) {
        long left = Math.max(0, deadline - System.nanoTime());
        fds.set(ValueLayout.JAVA_INT, 0, first.number());
        fds.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
        fds.set(ValueLayout.JAVA_SHORT, 6, (short) 0);
        fds.set(ValueLayout.JAVA_INT, 8, wakeup.number());
        fds.set(ValueLayout.JAVA_SHORT, 12, POLLIN);
        fds.set(ValueLayout.JAVA_SHORT, 14, (short) 0);
        time.set(ValueLayout.JAVA_LONG, 0, left / 1_000_000_000);
        time.set(ValueLayout.JAVA_LONG, 8, left % 1_000_000_000);
        long ready = Kernel.raw(Kernel.Call.PPOLL, fds.address(), 2, time.address(), FOR_EVER, 8);
        if (ready == -Errno.EINTR) {
          continue;
        }
        if (ready < 0) {
          throw new LinuxException("poll", (int) -ready);
        }
        if (fds.get(ValueLayout.JAVA_SHORT, 14) != 0) {
          return Ready.WAKEUP;
        }
        return ready == 0 ? Ready.TIMEOUT : Ready.FIRST;
      }
    }
  }
}
