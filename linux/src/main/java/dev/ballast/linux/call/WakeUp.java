package dev.ballast.linux.call;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Fd;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/** An eventfd that a waiting thread polls beside its socket; closing wakes the thread for good. */
public final class WakeUp implements AutoCloseable {
  private static final Call EVENTFD = Call.of(INT, "eventfd", INT, INT);
  private static final Call WRITE = Call.of(LONG, "write", INT, POINTER, LONG);

  private final Fd fd;
  private boolean closed;

  private WakeUp(Fd fd) {
    this.fd = fd;
  }

  /**
   * Opens one.
   *
   * @param what names the thing that is waited for
   */
  public static WakeUp open(String what) {
    long number = EVENTFD.apply(0, Fd.O_CLOEXEC);
    return new WakeUp(Fd.adopt(EVENTFD.check(number), "wake-up of " + what));
  }

  public Fd fd() {
    return fd;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (Arena arena = Arena.ofConfined()) {
      long one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1).address();
      long answer = fd.use(n -> Call.retry(() -> WRITE.apply(n, one, 8)));
      fd.close();
      WRITE.check(answer, fd.what());
    }
  }
}
