package dev.ballast.linux.socket;

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
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * A TCP socket that never blocks. Belongs to the network namespace that the opening thread is in.
 * One thread uses it; any may close it.
 */
public final class TcpSocket implements AutoCloseable {
  private static final Call CONNECT = Call.of(INT, "connect", INT, POINTER, INT);
  private static final Call LISTEN = Call.of(INT, "listen", INT, INT);
  private static final Call ACCEPT = Call.of(INT, "accept4", INT, POINTER, POINTER, INT);
  private static final Call SEND = Call.of(LONG, "send", INT, POINTER, LONG, INT);
  private static final Call RECV = Call.of(LONG, "recv", INT, POINTER, LONG, INT);
  private static final Call SHUTDOWN = Call.of(INT, "shutdown", INT, INT);

  private static final int TCP_NODELAY = 1;
  private static final int TCP_MD5SIG = 14;
  private static final int TCP_MD5SIG_BYTES = 216;

  /** The longest key of TCP-MD5. */
  public static final int LONGEST_KEY = 80;

  private static final int EINPROGRESS = 115;
  private static final int ECONNABORTED = 103;
  private static final int BACKLOG = 64;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SHUT_WR = 1;

  private final Fd fd;
  private final int family;
  private final Endpoint remote;

  private TcpSocket(Fd fd, int family, Endpoint remote) {
    this.fd = fd;
    this.family = family;
    this.remote = remote;
  }

  /**
   * How a connection is opened.
   *
   * @param source the local address; the kernel's choice without
   * @param key the password of TCP-MD5 (RFC 2385), which both ends have
   * @param timeToLive of what is sent
   * @param device the interface that packets go through
   */
  public record Options(
      Optional<InetAddress> source, Optional<String> key, int timeToLive, Optional<String> device) {
    public static final Options NONE =
        new Options(Optional.empty(), Optional.empty(), 64, Optional.empty());

    @Override
    public String toString() {
      return "Options[source=" + source + ", timeToLive=" + timeToLive + ", device=" + device + "]";
    }
  }

  /** Begins to open a connection; {@link #connected} tells when the socket can be written. */
  public static TcpSocket connect(Endpoint to, Options options) {
    Fd fd = Sockets.open(to.family(), Sockets.STREAM, 0, "TCP to " + to);
    TcpSocket socket = new TcpSocket(fd, to.family(), to);
    try {
      Sockets.option(fd, Sockets.SOL_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
      Sockets.timeToLive(fd, to.family(), options.timeToLive());
      options.device().ifPresent(device -> Sockets.device(fd, device));
      options.key().ifPresent(key -> socket.key(to.address(), key));
      options.source().ifPresent(source -> Sockets.bind(fd, new Endpoint(source, 0, to.link())));
      byte[] address = to.encode();
      try (Arena arena = Arena.ofConfined()) {
        long memory = Memory.copy(arena, address).address();
        long answer = fd.use(n -> CONNECT.apply(n, memory, address.length));
        if (answer != -EINPROGRESS) {
          CONNECT.check(answer, to);
        }
      }
      return socket;
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /** Opens a socket that accepts connections. An IPv6 one accepts IPv6 only. */
  public static TcpSocket listen(Endpoint at) {
    Fd fd = Sockets.open(at.family(), Sockets.STREAM, 0, "TCP at " + at);
    try {
      Sockets.option(fd, Sockets.SOL_SOCKET, Sockets.SO_REUSEADDR, 1, "SO_REUSEADDR");
      if (at.family() == Endpoint.AF_INET6) {
        Sockets.option(fd, Sockets.SOL_IPV6, Sockets.IPV6_V6ONLY, 1, "IPV6_V6ONLY");
      }
      // What it sends while a connection is opened must pass a peer that demands a TTL of 255.
      Sockets.timeToLive(fd, at.family(), 255);
      Sockets.bind(fd, at);
      LISTEN.check(fd.use(n -> LISTEN.apply(n, BACKLOG)), at);
      return new TcpSocket(fd, at.family(), at);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /** Returns the next waiting connection, if there is one. */
  public Optional<TcpSocket> accept() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(128, 8);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 128);
      long answer =
          fd.use(n ->
              Call.retry(() ->
                  ACCEPT.apply(
                      n, address.address(), length.address(), SOCK_NONBLOCK | Fd.O_CLOEXEC)));
      if (Sockets.again(answer) || answer == -ECONNABORTED) {
        return Optional.empty();
      }
      ACCEPT.check(answer, fd.what());
      Endpoint from = Endpoint.decode(address.asByteBuffer());
      TcpSocket accepted = new TcpSocket(Fd.adopt(answer, "TCP from " + from), family, from);
      Sockets.option(accepted.fd, Sockets.SOL_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
      return Optional.of(accepted);
    }
  }

  /**
   * Sets the key of a peer: on a listening socket for the connections that it opens, on another for
   * this one. An empty key takes it away.
   */
  public void key(InetAddress peer, String key) {
    byte[] secret = key.getBytes(StandardCharsets.UTF_8);
    if (secret.length > LONGEST_KEY) {
      throw new IllegalArgumentException(
          "the key has " + secret.length + " bytes, at most " + LONGEST_KEY);
    }
    ByteBuffer value = ByteBuffer.allocate(TCP_MD5SIG_BYTES).order(ByteOrder.nativeOrder());
    value.put(0, new Endpoint(peer, 0).encode());
    value.putShort(130, (short) secret.length);
    value.put(136, secret);
    try {
      Sockets.option(fd, Sockets.SOL_TCP, TCP_MD5SIG, value.array(), "TCP_MD5SIG of " + peer);
    } catch (LinuxException e) {
      // Taking away a key that is not there.
      if (secret.length > 0 || !e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }

  /** Sets the TTL of what is sent. */
  public void timeToLive(int value) {
    Sockets.timeToLive(fd, family, value);
  }

  /** Drops what arrives with a smaller TTL (RFC 5082). */
  public void smallestTimeToLive(int value) {
    if (family == Endpoint.AF_INET) {
      Sockets.option(fd, Sockets.SOL_IP, Sockets.IP_MINTTL, value, "IP_MINTTL");
    } else {
      Sockets.option(fd, Sockets.SOL_IPV6, Sockets.IPV6_MINHOPCOUNT, value, "IPV6_MINHOPCOUNT");
    }
  }

  /**
   * Ends the opening of a connection whose socket can be written.
   *
   * @throws LinuxException saying why it is not open
   */
  public void connected() {
    int error = Sockets.error(fd);
    if (error != 0) {
      throw new LinuxException("connect", Errno.of(error), List.of(remote));
    }
  }

  /**
   * Reads what has arrived.
   *
   * @return the count; 0 when nothing has arrived now; -1 when the peer has ended
   */
  public int read(byte[] into) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(into.length);
      long count = fd.use(n -> Call.retry(() -> RECV.apply(n, memory.address(), into.length, 0)));
      if (Sockets.again(count)) {
        return 0;
      }
      RECV.check(count, remote);
      if (count == 0) {
        return -1;
      }
      MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, into, 0, (int) count);
      return (int) count;
    }
  }

  /** Writes as much as there is room for; returns how much that was. */
  public int write(byte[] bytes, int offset, int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(Math.max(1, count));
      MemorySegment.copy(bytes, offset, memory, ValueLayout.JAVA_BYTE, 0, count);
      long written =
          fd.use(n -> Call.retry(() -> SEND.apply(n, memory.address(), count, MSG_NOSIGNAL)));
      return Sockets.again(written) ? 0 : (int) SEND.check(written, remote);
    }
  }

  /** Ends what is sent; the peer reads to the end first. */
  public void endOutput() {
    var _ = fd.use(n -> SHUTDOWN.apply(n, SHUT_WR));
  }

  /** Returns its own address and port. */
  public Endpoint local() {
    return Sockets.local(fd);
  }

  /** Returns the other end's. */
  public Endpoint remote() {
    return remote;
  }

  /** For a {@link Poller}. */
  public Fd fd() {
    return fd;
  }

  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return fd.what();
  }
}
