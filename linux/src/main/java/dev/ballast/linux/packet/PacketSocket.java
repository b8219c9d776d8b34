package dev.ballast.linux.packet;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Errno;
import dev.ballast.linux.Fd;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.call.Call;
import dev.ballast.linux.call.Memory;
import dev.ballast.linux.call.WakeUp;
import dev.ballast.linux.netlink.MacAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;

/**
 * Sends and receives packets of one protocol on one interface, below IP. Belongs to the network
 * namespace that the opening thread is in; needs {@code CAP_NET_RAW} there.
 *
 * <p>One thread receives; any may send, change the filter, or close, which wakes the receiver.
 */
public final class PacketSocket implements AutoCloseable {
  private static final Call SOCKET = Call.of(INT, "socket", INT, INT, INT);
  private static final Call BIND = Call.of(INT, "bind", INT, POINTER, INT);
  private static final Call SETSOCKOPT = Call.of(INT, "setsockopt", INT, INT, INT, POINTER, INT);
  private static final Call GETSOCKOPT =
      Call.of(INT, "getsockopt", INT, INT, INT, POINTER, POINTER);
  private static final Call SENDTO = Call.of(LONG, "sendto", INT, POINTER, LONG, INT, POINTER, INT);
  private static final Call RECVFROM =
      Call.of(LONG, "recvfrom", INT, POINTER, LONG, INT, POINTER, POINTER);

  public static final int ARP = 0x0806;
  public static final int IPV4 = 0x0800;
  public static final int IPV6 = 0x86dd;

  /** {@code ETH_P_ALL}: packets of every protocol, outgoing ones too. */
  public static final int ALL = 0x0003;

  private static final int AF_PACKET = 17;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_RAW = 3;
  private static final int SOL_SOCKET = 1;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int SOL_PACKET = 263;
  private static final int PACKET_STATISTICS = 6;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int ADDRESS_BYTES = 20;
  private static final int LARGEST_PACKET = 1 << 16;
  private static final ValueLayout.OfShort NETWORK_SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  private final Fd fd;
  private final WakeUp wake;
  private final int link;
  private final int protocol;

  private PacketSocket(Fd fd, WakeUp wake, int link, int protocol) {
    this.fd = fd;
    this.wake = wake;
    this.link = link;
    this.protocol = protocol;
  }

  /**
   * Opens a socket whose packets begin at the network header; the kernel writes and takes off the
   * link's.
   *
   * @param link the interface's index
   * @param protocol an Ethernet type, as {@link #ARP}
   */
  public static PacketSocket open(int link, int protocol, BpfProgram filter) {
    return open(SOCK_DGRAM, link, protocol, filter);
  }

  /** Opens a socket whose packets begin at the Ethernet header. */
  public static PacketSocket openRaw(int link, int protocol, BpfProgram filter) {
    return open(SOCK_RAW, link, protocol, filter);
  }

  private static PacketSocket open(int kind, int link, int protocol, BpfProgram filter) {
    // Protocol 0: nothing is queued before the filter stands and the interface is bound.
    long number = SOCKET.apply(AF_PACKET, kind | Fd.O_CLOEXEC, 0);
    Fd fd = Fd.adopt(SOCKET.check(number, "AF_PACKET"), "packet socket on link " + link);
    try (Arena arena = Arena.ofConfined()) {
      WakeUp wake = WakeUp.open(fd.what());
      PacketSocket socket = new PacketSocket(fd, wake, link, protocol);
      try {
        socket.filter(filter);
        MemorySegment address = address(arena, link, protocol);
        BIND.check(fd.use(n -> BIND.apply(n, address.address(), ADDRESS_BYTES)), "link=" + link);
        return socket;
      } catch (RuntimeException e) {
        wake.close();
        throw e;
      }
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private static MemorySegment address(Arena arena, int link, int protocol) {
    MemorySegment address = arena.allocate(ADDRESS_BYTES, 4);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
    address.set(NETWORK_SHORT, 2, (short) protocol);
    address.set(ValueLayout.JAVA_INT, 4, link);
    return address;
  }

  /** Puts a program in the place of the one before; no packet escapes both. */
  public void filter(BpfProgram program) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate(8L * program.length(), 8);
      MemorySegment.copy(program.encode(), 0, code, ValueLayout.JAVA_BYTE, 0, 8 * program.length());
      MemorySegment description = arena.allocate(16, 8);
      description.set(ValueLayout.JAVA_SHORT, 0, (short) program.length());
      description.set(ValueLayout.JAVA_LONG, 8, code.address());
      SETSOCKOPT.check(
          fd.use(n -> SETSOCKOPT.apply(n, SOL_SOCKET, SO_ATTACH_FILTER, description.address(), 16)),
          "SO_ATTACH_FILTER",
          "instructions=" + program.length());
    }
  }

  /**
   * Waits for the next packet; empty when the time is over or the socket was closed.
   *
   * @throws LinuxException {@code ENETDOWN} once when the interface goes down or away
   */
  public Optional<Packet> receive(Duration limit) {
    try {
      return receiveOpen(limit);
    } catch (LinuxException e) {
      if (fd.isClosed()) {
        return Optional.empty(); // Closed between two calls on it.
      }
      throw e;
    }
  }

  private Optional<Packet> receiveOpen(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(LARGEST_PACKET);
      MemorySegment from = arena.allocate(32, 4);
      MemorySegment length = arena.allocate(4, 4);
      while (!fd.isClosed()) {
        Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
        int ready = Fd.awaitReadable(fd, wake.fd(), left);
        if (ready == 0 || (ready & 2) != 0) {
          return Optional.empty();
        }
        length.set(ValueLayout.JAVA_INT, 0, ADDRESS_BYTES);
        long count =
            fd.use(n ->
                Call.retry(() ->
                    RECVFROM.apply(
                        n,
                        buffer.address(),
                        LARGEST_PACKET,
                        MSG_DONTWAIT,
                        from.address(),
                        length.address())));
        if (count == -Errno.EAGAIN) {
          continue;
        }
        RECVFROM.check(count, fd.what());
        byte[] mac = from.asSlice(12, 6).toArray(ValueLayout.JAVA_BYTE);
        return Optional.of(
            new Packet(
                buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE),
                MacAddress.of(mac),
                Byte.toUnsignedInt(from.get(ValueLayout.JAVA_BYTE, 10))));
      }
      return Optional.empty();
    }
  }

  /**
   * Sends a packet; on a raw socket the bytes hold the Ethernet header, and {@code to} is unused.
   */
  public void send(byte[] bytes, MacAddress to) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = address(arena, link, protocol);
      address.set(ValueLayout.JAVA_BYTE, 11, (byte) 6);
      MemorySegment.copy(to.bytes(), 0, address, ValueLayout.JAVA_BYTE, 12, 6);
      MemorySegment data = Memory.copy(arena, bytes);
      SENDTO.check(
          fd.use(n ->
              Call.retry(() ->
                  SENDTO.apply(
                      n, data.address(), bytes.length, 0, address.address(), ADDRESS_BYTES))),
          fd.what(),
          "to=" + to,
          "bytes=" + bytes.length);
    }
  }

  /**
   * What passed the filter since the last question.
   *
   * @param packets all of them
   * @param drops those that found no room because nobody received in time
   */
  public record Statistics(long packets, long drops) {}

  /** Asks the kernel, which begins to count anew. */
  public Statistics statistics() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counts = arena.allocate(8, 4);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 8);
      GETSOCKOPT.check(
          fd.use(n ->
              GETSOCKOPT.apply(
                  n, SOL_PACKET, PACKET_STATISTICS, counts.address(), length.address())),
          "PACKET_STATISTICS");
      return new Statistics(
          Integer.toUnsignedLong(counts.get(ValueLayout.JAVA_INT, 0)),
          Integer.toUnsignedLong(counts.get(ValueLayout.JAVA_INT, 4)));
    }
  }

  /** Closes, and wakes the receiver. */
  @Override
  public void close() {
    fd.close();
    wake.close();
  }
}
