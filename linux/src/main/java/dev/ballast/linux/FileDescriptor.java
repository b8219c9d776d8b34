package dev.ballast.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open file descriptor of the kernel, closed once. Any thread may close it; using it afterwards
 * is an {@link IllegalStateException}, never a call on somebody else's descriptor of that number.
 */
public final class FileDescriptor implements AutoCloseable {
  private static final int CLOSED = -1;

  private final AtomicInteger number;
  private final String name;

  FileDescriptor(long number, String name) {
    this.number = new AtomicInteger((int) number);
    this.name = name;
  }

  /** The number, while it is open. */
  int number() {
    int current = number.get();
    if (current == CLOSED) {
      throw new IllegalStateException(name + " is closed");
    }
    return current;
  }

  /** Opens a path read-only, without following into a child process. */
  static FileDescriptor open(String path) throws LinuxException {
    return open(path, 0);
  }

  static FileDescriptor open(String path, int flags) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long fd =
          Kernel.call(
              "open(" + path + ")",
              Kernel.Call.OPENAT,
              AT_FDCWD,
              arena.allocateFrom(path).address(),
              flags | O_CLOEXEC,
              0);
      return new FileDescriptor(fd, path);
    }
  }

  /** An event counter, eventfd(2), for waking a thread that waits in poll. */
  static FileDescriptor event() throws LinuxException {
    return new FileDescriptor(
        Kernel.call("eventfd", Kernel.Call.EVENTFD2, 0, O_CLOEXEC | O_NONBLOCK), "eventfd");
  }

  /** Makes an event counter readable. */
  void signal() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
      Kernel.call("write(eventfd)", Kernel.Call.WRITE, number(), one.address(), 8);
    }
  }

  @Override
  public void close() {
    int current = number.getAndSet(CLOSED);
    if (current != CLOSED) {
      // The number is free after this call whatever it returns, close(2).
      var _ = Kernel.raw(Kernel.Call.CLOSE, current);
    }
  }

  @Override
  public String toString() {
    return name + "[" + number.get() + "]";
  }

  static final int AT_FDCWD = -100;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;
}
