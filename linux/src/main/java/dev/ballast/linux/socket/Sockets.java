package dev.ballast.linux.socket;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Errno;
import dev.ballast.linux.Fd;
import dev.ballast.linux.call.Call;
import dev.ballast.linux.call.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/** The calls that all kinds of sockets have in common. */
final class Sockets {
  private static final Call SOCKET = Call.of(INT, "socket", INT, INT, INT);
  private static final Call BIND = Call.of(INT, "bind", INT, POINTER, INT);
  private static final Call SETSOCKOPT = Call.of(INT, "setsockopt", INT, INT, INT, POINTER, INT);
  private static final Call GETSOCKOPT =
      Call.of(INT, "getsockopt", INT, INT, INT, POINTER, POINTER);
  private static final Call GETSOCKNAME = Call.of(INT, "getsockname", INT, POINTER, POINTER);

  static final int STREAM = 1;
  static final int DATAGRAM = 2;
  static final int RAW = 3;
  static final int SOL_SOCKET = 1;
  static final int SOL_IP = 0;
  static final int SOL_TCP = 6;
  static final int SOL_IPV6 = 41;
  static final int SO_REUSEADDR = 2;
  static final int SO_ERROR = 4;
  static final int SO_BINDTODEVICE = 25;
  static final int IP_TTL = 2;
  static final int IP_MINTTL = 21;
  static final int IPV6_UNICAST_HOPS = 16;
  static final int IPV6_V6ONLY = 26;
  static final int IPV6_MINHOPCOUNT = 73;

  private static final int SOCK_NONBLOCK = 0x800;

  private Sockets() {}

  static Fd open(int family, int kind, int protocol, String what) {
    long number = SOCKET.apply(family, kind | SOCK_NONBLOCK | Fd.O_CLOEXEC, protocol);
    return Fd.adopt(SOCKET.check(number, what), what);
  }

  static void bind(Fd fd, Endpoint at) {
    byte[] address = at.encode();
    try (Arena arena = Arena.ofConfined()) {
      long memory = Memory.copy(arena, address).address();
      BIND.check(fd.use(n -> BIND.apply(n, memory, address.length)), at);
    }
  }

  static void option(Fd fd, int level, int name, int value, String what) {
    option(fd, level, name, ints(value), what + "=" + value);
  }

  static void option(Fd fd, int level, int name, byte[] value, String what) {
    try (Arena arena = Arena.ofConfined()) {
      long memory = Memory.copy(arena, value).address();
      SETSOCKOPT.check(
          fd.use(n -> SETSOCKOPT.apply(n, level, name, memory, value.length)), what, fd.what());
    }
  }

  static void device(Fd fd, String name) {
    byte[] bytes = (name + '\0').getBytes(java.nio.charset.StandardCharsets.UTF_8);
    option(fd, SOL_SOCKET, SO_BINDTODEVICE, bytes, "SO_BINDTODEVICE=" + name);
  }

  /** The TTL, or hop limit, of what is sent. */
  static void timeToLive(Fd fd, int family, int value) {
    if (family == Endpoint.AF_INET) {
      option(fd, SOL_IP, IP_TTL, value, "IP_TTL");
    } else {
      option(fd, SOL_IPV6, IPV6_UNICAST_HOPS, value, "IPV6_UNICAST_HOPS");
    }
  }

  /** Returns and clears the error of an asynchronous call; 0 for none. */
  static int error(Fd fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(4, 4);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 4);
      GETSOCKOPT.check(
          fd.use(n -> GETSOCKOPT.apply(n, SOL_SOCKET, SO_ERROR, value.address(), length.address())),
          "SO_ERROR",
          fd.what());
      return value.get(ValueLayout.JAVA_INT, 0);
    }
  }

  static Endpoint local(Fd fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(128, 8);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 128);
      GETSOCKNAME.check(
          fd.use(n -> GETSOCKNAME.apply(n, address.address(), length.address())), fd.what());
      return Endpoint.decode(address.asByteBuffer());
    }
  }

  static byte[] ints(int... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(4 * values.length).order(java.nio.ByteOrder.nativeOrder());
    for (int value : values) {
      bytes.putInt(value);
    }
    return bytes.array();
  }

  static boolean again(long answer) {
    return answer == -Errno.EAGAIN;
  }
}
