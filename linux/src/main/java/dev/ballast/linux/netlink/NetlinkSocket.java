package dev.ballast.linux.netlink;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Errno;
import dev.ballast.linux.Fd;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.call.Call;
import dev.ballast.linux.call.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A socket of {@code NETLINK_ROUTE}: datagrams in and out. */
final class NetlinkSocket implements AutoCloseable {
  private static final Call SOCKET = Call.of(INT, "socket", INT, INT, INT);
  private static final Call BIND = Call.of(INT, "bind", INT, POINTER, INT);
  private static final Call SETSOCKOPT = Call.of(INT, "setsockopt", INT, INT, INT, POINTER, INT);
  private static final Call SEND = Call.of(LONG, "send", INT, POINTER, LONG, INT);
  private static final Call RECVFROM =
      Call.of(LONG, "recvfrom", INT, POINTER, LONG, INT, POINTER, POINTER);

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUF = 8;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_TRUNC = 0x20;

  /** Larger than any datagram of a dump (the kernel's limit is 32 KiB). */
  private static final int RECEIVE_BYTES = 1 << 16;

  private final Fd fd;

  private NetlinkSocket(Fd fd) {
    this.fd = fd;
  }

  /**
   * @param groups the multicast groups to hear, as {@code RTMGRP_…} bits
   * @param bufferBytes room for what nobody has read; the kernel has limits of its own
   */
  static NetlinkSocket open(int groups, int bufferBytes) {
    long number = SOCKET.apply(AF_NETLINK, SOCK_RAW | Fd.O_CLOEXEC, 0);
    Fd fd = Fd.adopt(SOCKET.check(number, "AF_NETLINK"), "rtnetlink socket");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(12, 4);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
      address.set(ValueLayout.JAVA_INT, 8, groups);
      BIND.check(fd.use(n -> BIND.apply(n, address.address(), 12)), "AF_NETLINK");
      long on = arena.allocateFrom(ValueLayout.JAVA_INT, 1).address();
      for (int option : new int[] {NETLINK_CAP_ACK, NETLINK_EXT_ACK}) {
        SETSOCKOPT.check(fd.use(n -> SETSOCKOPT.apply(n, SOL_NETLINK, option, on, 4)), option);
      }
      long room = arena.allocateFrom(ValueLayout.JAVA_INT, bufferBytes).address();
      SETSOCKOPT.check(
          fd.use(n -> SETSOCKOPT.apply(n, SOL_SOCKET, SO_RCVBUF, room, 4)), "SO_RCVBUF");
      return new NetlinkSocket(fd);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  void send(byte[] message) {
    try (Arena arena = Arena.ofConfined()) {
      long bytes = Memory.copy(arena, message).address();
      SEND.check(fd.use(n -> Call.retry(() -> SEND.apply(n, bytes, message.length, 0))), "netlink");
    }
  }

  /**
   * The messages of the next datagram; empty when the time is over.
   *
   * @throws LinuxException {@code ENOBUFS} when the kernel dropped some
   */
  Optional<List<Message>> receive(Duration limit) {
    return receive(fd::awaitReadable, limit);
  }

  /** As the other, but empty at once when {@code wake} is readable. */
  Optional<List<Message>> receive(Duration limit, Fd wake) {
    return receive(left -> Fd.awaitReadable(fd, wake, left) == 1, limit);
  }

  private Optional<List<Message>> receive(Predicate<Duration> readable, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(RECEIVE_BYTES, 8);
      MemorySegment from = arena.allocate(12, 4);
      MemorySegment fromLength = arena.allocate(4, 4);
      while (true) {
        fromLength.set(ValueLayout.JAVA_INT, 0, 12);
        long count =
            fd.use(n ->
                Call.retry(() ->
                    RECVFROM.apply(
                        n,
                        buffer.address(),
                        RECEIVE_BYTES,
                        MSG_DONTWAIT | MSG_TRUNC,
                        from.address(),
                        fromLength.address())));
        if (count == -Errno.EAGAIN) {
          Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
          if (!readable.test(left)) {
            return Optional.empty();
          }
          continue;
        }
        RECVFROM.check(count, "netlink");
        if (from.get(ValueLayout.JAVA_INT, 4) != 0) {
          continue; // Any process may send to this socket; only the kernel's port is 0.
        }
        if (count > RECEIVE_BYTES) {
          throw new LinuxException(
              "recvfrom", Errno.of(90), List.of("bytes=" + count), "larger than the buffer");
        }
        ByteBuffer bytes = buffer.asSlice(0, count).asByteBuffer();
        return Optional.of(Message.decode(bytes));
      }
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
