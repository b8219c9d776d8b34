package dev.ballast.linux;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.call.Call;
import dev.ballast.linux.call.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongUnaryOperator;

/**
 * An open file descriptor, closed exactly once.
 *
 * <p>Calls run through {@link #use}: a number is never handed to the kernel after the close, when
 * it may already mean another file. A close while calls are under way takes effect when the last of
 * them returns, so a blocking call must have a wake-up of its own (see {@code PacketSocket}). Every
 * descriptor made by this library has {@code O_CLOEXEC}. Safe for use by any thread.
 */
public final class Fd implements AutoCloseable {
  private static final Call OPEN = Call.variadic(2, INT, "open", POINTER, INT, INT);
  private static final Call CLOSE = Call.of(INT, "close", INT);
  private static final Call POLL = Call.of(INT, "poll", POINTER, LONG, INT);

  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0x40;
  public static final int O_EXCL = 0x80;
  public static final int O_TRUNC = 0x200;
  public static final int O_APPEND = 0x400;
  public static final int O_CLOEXEC = 0x80000;

  private static final short POLLIN = 1;

  private final int number;
  private final String what;
  private final Object lock = new Object();
  private int users;
  private boolean closing;

  private Fd(int number, String what) {
    this.number = number;
    this.what = what;
  }

  /**
   * Takes over a descriptor that a call of this library just returned.
   *
   * @param what names it in messages
   */
  public static Fd adopt(long number, String what) {
    if (number < 0 || number > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("not a descriptor: " + number);
    }
    return new Fd((int) number, what);
  }

  /** Opens a path; {@code O_CLOEXEC} is added. A created file has mode 0600. */
  public static Fd open(Path path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      long name = Memory.string(arena, path.toString());
      long fd = Call.retry(() -> OPEN.apply(name, flags | O_CLOEXEC, 0600));
      return adopt(OPEN.check(fd, path), path.toString());
    }
  }

  /** Runs a call on the number; the descriptor stays open until it returns. */
  public long use(LongUnaryOperator call) {
    synchronized (lock) {
      if (closing) {
        throw new LinuxException("use", Errno.of(Errno.EBADF), java.util.List.of(what), "closed");
      }
      users++;
    }
    try {
      return call.applyAsLong(number);
    } finally {
      release();
    }
  }

  private void release() {
    boolean last;
    synchronized (lock) {
      users--;
      last = users == 0 && closing;
    }
    if (last) {
      closeNow();
    }
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    synchronized (lock) {
      return closing;
    }
  }

  /** Names the descriptor in messages. */
  public String what() {
    return what;
  }

  /**
   * Waits until there is something to read, the other end went, or the time is over.
   *
   * @return whether there is
   */
  public boolean awaitReadable(Duration limit) {
    return use(n -> {
      try (Arena arena = Arena.ofConfined()) {
        return poll(arena, limit, (int) n) & 1;
      }
    })
        != 0;
  }

  /**
   * Waits for either of two descriptors.
   *
   * @return bit 0 for the first, bit 1 for the second; 0 when the time is over
   */
  public static int awaitReadable(Fd first, Fd second, Duration limit) {
    return (int)
        first.use(a ->
            second.use(b -> {
              try (Arena arena = Arena.ofConfined()) {
                return poll(arena, limit, (int) a, (int) b);
              }
            }));
  }

  private static int poll(Arena arena, Duration limit, int... numbers) {
    MemorySegment set = arena.allocate(8L * numbers.length, 8);
    for (int i = 0; i < numbers.length; i++) {
      set.set(ValueLayout.JAVA_INT, 8L * i, numbers[i]);
      set.set(ValueLayout.JAVA_SHORT, 8L * i + 4, POLLIN);
    }
    long start = System.nanoTime();
    long total = limit.compareTo(Duration.ofDays(365)) > 0 ? Long.MAX_VALUE : limit.toNanos();
    while (true) {
      long left = Math.max(0, total - (System.nanoTime() - start));
      // Rounded up: a wait must not spin through its last millisecond.
      long millis = left == 0 ? 0 : Math.min(Integer.MAX_VALUE, 1 + (left - 1) / 1_000_000);
      long ready = POLL.apply(set.address(), numbers.length, millis);
      if (ready == -Errno.EINTR || (ready == 0 && millis == Integer.MAX_VALUE)) {
        continue;
      }
      POLL.check(ready, "descriptors=" + numbers.length);
      int mask = 0;
      for (int i = 0; i < numbers.length; i++) {
        if (set.get(ValueLayout.JAVA_SHORT, 8L * i + 6) != 0) {
          mask |= 1 << i;
        }
      }
      return mask;
    }
  }

  /** Closes, now or when the last call on it returns. Repeating it does nothing. */
  @Override
  public void close() {
    boolean now;
    synchronized (lock) {
      now = !closing && users == 0;
      closing = true;
    }
    if (now) {
      closeNow();
    }
  }

  // Never repeated on EINTR: Linux has given the number back by then. Other errors of close tell
  // of lost writes on remote file systems, which nothing here writes to.
  private void closeNow() {
    var _ = CLOSE.apply(number);
  }

  @Override
  public String toString() {
    return what + " (fd " + number + ")";
  }
}
