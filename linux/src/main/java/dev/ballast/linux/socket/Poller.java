package dev.ballast.linux.socket;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Errno;
import dev.ballast.linux.Fd;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.call.Call;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Waits for many sockets at once (epoll). One thread uses it; any may {@link #wake} it or close it.
 */
public final class Poller implements AutoCloseable {
  private static final Call CREATE = Call.of(INT, "epoll_create1", INT);
  private static final Call CONTROL = Call.of(INT, "epoll_ctl", INT, INT, INT, POINTER);
  private static final Call WAIT = Call.of(INT, "epoll_wait", INT, POINTER, INT, INT);
  private static final Call EVENTFD = Call.of(INT, "eventfd", INT, INT);
  private static final Call WRITE = Call.of(LONG, "write", INT, POINTER, LONG);
  private static final Call READ = Call.of(LONG, "read", INT, POINTER, LONG);

  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int MODIFY = 3;
  private static final int IN = 1;
  private static final int OUT = 4;
  private static final int ERROR_OR_HANG_UP = 0x18;
  private static final int MOST_EVENTS = 64;
  private static final int EFD_NONBLOCK = 0x800;
  private static final ValueLayout.OfLong DATA = ValueLayout.JAVA_LONG.withByteAlignment(4);

  /** {@code struct epoll_event} is packed on x86-64 alone. */
  private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");

  private static final int EVENT_BYTES = PACKED ? 12 : 16;
  private static final int DATA_AT = PACKED ? 4 : 8;

  private final Fd epoll;
  private final Fd wake;
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment events = arena.allocate((long) EVENT_BYTES * MOST_EVENTS, 8);
  private final MemorySegment event = arena.allocate(EVENT_BYTES, 8);
  private final MemorySegment counter = arena.allocate(8, 8);
  private final MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
  private final Map<Fd, Watched> watched = new HashMap<>();
  private final Map<Long, Fd> byNumber = new HashMap<>();
  private long next = 1;

  private record Watched(long number, int interest) {}

  /** A socket that can go on. An error or the peer's end makes it readable and writable. */
  public record Ready(Fd fd, boolean readable, boolean writable) {}

  private Poller(Fd epoll, Fd wake) {
    this.epoll = epoll;
    this.wake = wake;
  }

  /** Opens one. */
  public static Poller open() {
    Fd epoll = Fd.adopt(CREATE.check(CREATE.apply(Fd.O_CLOEXEC)), "epoll");
    try {
      long number = EVENTFD.apply(0, Fd.O_CLOEXEC | EFD_NONBLOCK);
      Poller poller = new Poller(epoll, Fd.adopt(EVENTFD.check(number), "wake-up of an epoll"));
      poller.control(ADD, poller.wake, 0, IN);
      return poller;
    } catch (RuntimeException e) {
      epoll.close();
      throw e;
    }
  }

  /** Watches a socket from now on, for these. */
  public void watch(Fd fd, boolean read, boolean write) {
    int interest = (read ? IN : 0) | (write ? OUT : 0);
    @Nullable Watched before = watched.get(fd);
    if (before != null && before.interest == interest) {
      return;
    }
    long number = before == null ? next++ : before.number;
    control(before == null ? ADD : MODIFY, fd, number, interest);
    watched.put(fd, new Watched(number, interest));
    byNumber.put(number, fd);
  }

  /** Watches a socket no longer; to be called before it is closed. */
  public void forget(Fd fd) {
    @Nullable Watched before = watched.remove(fd);
    if (before != null) {
      byNumber.remove(before.number);
      if (!fd.isClosed()) {
        control(DELETE, fd, 0, 0);
      }
    }
  }

  private void control(int operation, Fd fd, long number, int interest) {
    event.set(ValueLayout.JAVA_INT, 0, interest);
    event.set(DATA, DATA_AT, number);
    CONTROL.check(
        epoll.use(e -> fd.use(n -> CONTROL.apply(e, operation, n, event.address()))), fd.what());
  }

  /** Waits until a socket is ready, the time is over, or {@link #wake} was called. */
  public List<Ready> await(Duration limit) {
    long nanos = Math.max(0, limit.toNanos());
    // Rounded up: a wait must not spin through its last millisecond.
    long millis = nanos == 0 ? 0 : Math.min(Integer.MAX_VALUE, 1 + (nanos - 1) / 1_000_000);
    long count = epoll.use(e -> WAIT.apply(e, events.address(), MOST_EVENTS, millis));
    if (count == -Errno.EINTR) {
      return List.of();
    }
    WAIT.check(count, "descriptors=" + watched.size());
    List<Ready> ready = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long at = (long) EVENT_BYTES * i;
      int flags = events.get(ValueLayout.JAVA_INT.withByteAlignment(4), at);
      long number = events.get(DATA, at + DATA_AT);
      boolean broken = (flags & ERROR_OR_HANG_UP) != 0;
      @Nullable Fd fd = byNumber.get(number);
      if (number == 0) {
        var _ = wake.use(n -> READ.apply(n, counter.address(), 8));
      } else if (fd != null) {
        ready.add(new Ready(fd, broken || (flags & IN) != 0, broken || (flags & OUT) != 0));
      }
    }
    return ready;
  }

  /** Ends the wait that is under way, or the next one. */
  public void wake() {
    try {
      var _ = wake.use(n -> WRITE.apply(n, one.address(), 8));
    } catch (LinuxException e) {
      if (!wake.isClosed()) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    wake.close();
    epoll.close();
  }
}
