package dev.ballast.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Optional;

/**
 * A socket for whole Ethernet frames on one interface, packet(7), with a filter that runs in the
 * kernel. It belongs to the network namespace of the thread that opened it. One thread at a time
 * receives; any thread may send or {@link #close}, which ends a wait.
 */
public final class PacketSocket implements AutoCloseable {
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int SO_RCVBUF = 8;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_TRUNC = 0x20;
  private static final int ADDRESS_BYTES = 20;

  /** The largest frame that is read; longer ones are cut by the kernel. */
  private static final int FRAME_BYTES = 2048;

  /** Room for a burst of some thousand ARP requests. */
  private static final int RECEIVE_BUFFER = 1 << 20;

  private final FileDescriptor socket;
  private final FileDescriptor wakeup;
  private final int link;
  private volatile boolean closed;

  private PacketSocket(FileDescriptor socket, FileDescriptor wakeup, int link) {
    this.socket = socket;
    this.wakeup = wakeup;
    this.link = link;
  }

  /** Opens a socket for frames of one EtherType that pass the filter, on the link of this index. */
  public static PacketSocket open(int link, int etherType, PacketFilter filter)
      throws LinuxException {
    FileDescriptor wakeup = FileDescriptor.event();
    // Protocol 0 until bound: nothing is queued before the filter is attached.
    FileDescriptor socket =
        new FileDescriptor(
            Kernel.call(
                "socket(AF_PACKET)", Kernel.Call.SOCKET, AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0),
            "packet socket");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment program = filter.program(arena);
      Kernel.call(
          "setsockopt(SO_ATTACH_FILTER)",
          Kernel.Call.SETSOCKOPT,
          socket.number(),
          SOL_SOCKET,
          SO_ATTACH_FILTER,
          program.address(),
          program.byteSize());
      Kernel.call(
          "setsockopt(SO_RCVBUF)",
          Kernel.Call.SETSOCKOPT,
          socket.number(),
          SOL_SOCKET,
          SO_RCVBUF,
          arena.allocateFrom(ValueLayout.JAVA_INT, RECEIVE_BUFFER).address(),
          4);
      MemorySegment address = address(arena, link, etherType);
      Kernel.call(
          "bind(packet socket, link " + link + ")",
          Kernel.Call.BIND,
          socket.number(),
          address.address(),
          ADDRESS_BYTES);
      return new PacketSocket(socket, wakeup, link);
    } catch (LinuxException e) {
      socket.close();
      wakeup.close();
      throw e;
    }
  }

  /**
   * Waits for the next frame; empty when {@code timeout} passed or the socket was closed. A link
   * that went down is ENETDOWN once; the socket then goes on.
   */
  public Optional<byte[]> receive(Duration timeout) throws LinuxException {
    if (closed) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      if (Poll.await(socket, wakeup, timeout) != Poll.Ready.FIRST) {
        return Optional.empty();
      }
      MemorySegment frame = arena.allocate(FRAME_BYTES);
      long length =
          Kernel.raw(
              Kernel.Call.RECVFROM,
              socket.number(),
              frame.address(),
              FRAME_BYTES,
              MSG_DONTWAIT | MSG_TRUNC,
              0,
              0);
      if (length == -Errno.EAGAIN || length == -Errno.EINTR) {
        return Optional.empty();
      }
      if (length < 0) {
        throw new LinuxException("recv(packet socket, link " + link + ")", (int) -length);
      }
      return Optional.of(
          frame.asSlice(0, Math.min(length, FRAME_BYTES)).toArray(ValueLayout.JAVA_BYTE));
    } catch (IllegalStateException e) {
      if (closed) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Sends a whole frame, from the destination address on. */
  public void send(byte[] frame) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Kernel.call(
          "send(packet socket, link " + link + ")",
          Kernel.Call.SENDTO,
          socket.number(),
          arena.allocateFrom(ValueLayout.JAVA_BYTE, frame).address(),
          frame.length,
          0,
          address(arena, link, 0).address(),
          ADDRESS_BYTES);
    }
  }

  private static MemorySegment address(Arena arena, int link, int etherType) {
    MemorySegment address = arena.allocate(ADDRESS_BYTES, 4);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
    address.set(ValueLayout.JAVA_BYTE, 2, (byte) (etherType >>> 8));
    address.set(ValueLayout.JAVA_BYTE, 3, (byte) etherType);
    address.set(ValueLayout.JAVA_INT, 4, link);
    return address;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      wakeup.signal();
    } catch (LinuxException _) {
      // The receiver notices at its time out.
    }
    socket.close();
    wakeup.close();
  }
}
