package dev.ballast.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A netlink route socket in the network namespace of the thread that opened it. One thread at a
 * time makes requests; any thread may {@link #close}, which ends a wait.
 */
final class NetlinkSocket implements AutoCloseable {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int NETLINK_GET_STRICT_CHK = 12;
  private static final int MSG_DONTWAIT = 0x40;

  /** Larger than any datagram of the kernel: it fills at most 32 KiB of a dump at a time. */
  private static final int RECEIVE_BYTES = 1 << 16;

  /** A dump that changes under our eyes is read again, but not for ever. */
  private static final int DUMP_TRIES = 20;

  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final FileDescriptor socket;
  private final FileDescriptor wakeup;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(RECEIVE_BYTES, 8);
  private int sequence;

  private NetlinkSocket(FileDescriptor socket, FileDescriptor wakeup) {
    this.socket = socket;
    this.wakeup = wakeup;
  }

  /** Opens a socket that also hears the multicast groups of the mask; 0 for none. */
  static NetlinkSocket open(int groups) throws LinuxException {
    FileDescriptor wakeup = FileDescriptor.event();
    FileDescriptor socket = null;
    try (Arena scratch = Arena.ofConfined()) {
      socket =
          new FileDescriptor(
              Kernel.call(
                  "socket(AF_NETLINK)", Kernel.Call.SOCKET, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0),
              "netlink");
      MemorySegment on = scratch.allocateFrom(ValueLayout.JAVA_INT, 1);
      for (int option : new int[] {NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK}) {
        Kernel.call(
            "setsockopt(netlink)",
            Kernel.Call.SETSOCKOPT,
            socket.number(),
            SOL_NETLINK,
            option,
            on.address(),
            4);
      }
      MemorySegment address = scratch.allocate(12, 4);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
      address.set(ValueLayout.JAVA_INT, 8, groups);
      Kernel.call("bind(netlink)", Kernel.Call.BIND, socket.number(), address.address(), 12);
      return new NetlinkSocket(socket, wakeup);
    } catch (LinuxException e) {
      wakeup.close();
      if (socket != null) {
        socket.close();
      }
      throw e;
    }
  }

  /** Sends a request and waits for the kernel's answer; {@code what} names it in an error. */
  void request(String what, Message.Writer message) throws java.io.IOException {
    send(what, message.finish(++sequence));
    while (true) {
      ByteBuffer datagram = receive(ANSWER);
      if (datagram == null) {
        throw new LinuxException(what, Errno.ETIMEDOUT);
      }
      while (datagram.hasRemaining()) {
        Message.Received answer = Message.Received.next(datagram);
        if (answer.type() == Message.Received.ERROR && answer.sequence() == sequence) {
          check(what, answer);
          return;
        }
      }
    }
  }

  /**
   * Sends a dump request and collects its parts; repeated whole when the kernel says it changed.
   */
  List<Message.Received> dump(String what, java.util.function.Supplier<Message.Writer> request)
      throws java.io.IOException {
    for (int attempt = 0; attempt < DUMP_TRIES; attempt++) {
      send(what, request.get().finish(++sequence));
      List<Message.Received> parts = new ArrayList<>();
      boolean interrupted = false;
      boolean done = false;
      while (!done) {
        ByteBuffer datagram = receive(ANSWER);
        if (datagram == null) {
          throw new LinuxException(what, Errno.ETIMEDOUT);
        }
        while (datagram.hasRemaining()) {
          Message.Received part = Message.Received.next(datagram);
          if (part.sequence() != sequence) {
            continue;
          }
          interrupted |= (part.flags() & Message.Received.DUMP_INTERRUPTED) != 0;
          switch (part.type()) {
            case Message.Received.DONE -> done = true;
            case Message.Received.ERROR -> check(what, part);
            default -> parts.add(part);
          }
        }
      }
      if (!interrupted) {
        return parts;
      }
    }
    throw new LinuxException(
        what, Errno.EBUSY, "it changed during each of " + DUMP_TRIES + " dumps");
  }

  /** The next datagram, empty time out as null; ENOBUFS comes out as the exception. */
  @org.jspecify.annotations.Nullable ByteBuffer receive(Duration timeout) throws LinuxException {
    switch (Poll.await(socket, wakeup, timeout)) {
      case TIMEOUT -> {
        return null;
      }
      case WAKEUP -> throw new IllegalStateException("the netlink socket was closed");
      case FIRST -> {}
    }
    long length =
        Kernel.call(
            "recv(netlink)",
            Kernel.Call.RECVFROM,
            socket.number(),
            buffer.address(),
            RECEIVE_BYTES,
            MSG_DONTWAIT,
            0,
            0);
    byte[] bytes = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  private void send(String what, ByteBuffer message) throws LinuxException {
    MemorySegment.copy(MemorySegment.ofBuffer(message), 0, buffer, 0, message.remaining());
    Kernel.call(
        what, Kernel.Call.SENDTO, socket.number(), buffer.address(), message.remaining(), 0, 0, 0);
  }

  private static void check(String what, Message.Received answer) throws java.io.IOException {
    int error = -answer.payload().getInt(0);
    if (error == 0) {
      return;
    }
    String detail = extendedAck(answer);
    throw detail.isEmpty()
        ? new LinuxException(what, error)
        : new LinuxException(what, error, detail);
  }

  /** The kernel's own words, which come after the header of the request that it quotes. */
  private static String extendedAck(Message.Received answer) throws Message.MalformedMessage {
    int flagAcknowledgementHasTlvs = 0x200;
    int flagCapped = 0x100;
    if ((answer.flags() & flagAcknowledgementHasTlvs) == 0 || answer.payload().limit() < 8) {
      return "";
    }
    int quoted = (answer.flags() & flagCapped) != 0 ? Message.HEADER : answer.payload().getInt(4);
    ByteBuffer text = Message.attributes(answer.payload(), 4 + ((quoted + 3) & -4)).get(1);
    return text == null ? "" : Message.text(text);
  }

  @Override
  public void close() {
    try {
      wakeup.signal();
    } catch (LinuxException | IllegalStateException _) {
      // Closed before.
    }
    socket.close();
    wakeup.close();
  }
}
