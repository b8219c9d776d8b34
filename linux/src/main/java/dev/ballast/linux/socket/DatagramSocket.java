package dev.ballast.linux.socket;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Fd;
import dev.ballast.linux.call.Call;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * A UDP or ICMPv6 socket that never blocks, and tells where a packet came in and with which TTL.
 * One thread uses it; any may close it. Receiving and sending allocate no native memory.
 */
public final class DatagramSocket implements AutoCloseable {
  private static final Call SENDTO = Call.of(LONG, "sendto", INT, POINTER, LONG, INT, POINTER, INT);
  private static final Call RECVMSG = Call.of(LONG, "recvmsg", INT, POINTER, INT);

  private static final int IP_PKTINFO = 8;
  private static final int IP_RECVTTL = 12;
  private static final int IPV6_MULTICAST_IF = 17;
  private static final int IPV6_MULTICAST_HOPS = 18;
  private static final int IPV6_MULTICAST_LOOP = 19;
  private static final int IPV6_JOIN_GROUP = 20;
  private static final int IPV6_RECVPKTINFO = 49;
  private static final int IPV6_PKTINFO = 50;
  private static final int IPV6_RECVHOPLIMIT = 51;
  private static final int IPV6_HOPLIMIT = 52;
  private static final int IPPROTO_ICMPV6 = 58;
  private static final int ICMP6_FILTER = 1;
  private static final int LARGEST = 1 << 11;
  private static final int CONTROL_BYTES = 256;
  private static final ValueLayout.OfInt INT_AT = ValueLayout.JAVA_INT;

  private final Fd fd;
  private final int family;
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment header = arena.allocate(56, 8);
  private final MemorySegment vector = arena.allocate(16, 8);
  private final MemorySegment name = arena.allocate(128, 8);
  private final MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
  private final MemorySegment buffer = arena.allocate(LARGEST, 8);
  private final MemorySegment output = arena.allocate(LARGEST, 8);
  private final MemorySegment target = arena.allocate(128, 8);

  private DatagramSocket(Fd fd, int family) {
    this.fd = fd;
    this.family = family;
    vector.set(ValueLayout.JAVA_LONG, 0, buffer.address());
    vector.set(ValueLayout.JAVA_LONG, 8, LARGEST);
  }

  /**
   * Opens a UDP socket.
   *
   * @param at where it receives, and what its packets come from; an IPv6 one is for IPv6 only
   * @param timeToLive of what it sends
   */
  public static DatagramSocket udp(Endpoint at, int timeToLive, Optional<String> device) {
    Fd fd = Sockets.open(at.family(), Sockets.DATAGRAM, 0, "UDP at " + at);
    try {
      if (at.family() == Endpoint.AF_INET6) {
        Sockets.option(fd, Sockets.SOL_IPV6, Sockets.IPV6_V6ONLY, 1, "IPV6_V6ONLY");
      }
      device.ifPresent(interfaceName -> Sockets.device(fd, interfaceName));
      Sockets.timeToLive(fd, at.family(), timeToLive);
      tell(fd, at.family());
      Sockets.bind(fd, at);
      return new DatagramSocket(fd, at.family());
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /**
   * Opens an ICMPv6 socket on one interface; needs {@code CAP_NET_RAW}. What it sends has the hop
   * limit 255; the kernel fills in the checksum.
   *
   * @param types the types of messages that it receives
   */
  public static DatagramSocket icmp6(String device, int link, int... types) {
    Fd fd = Sockets.open(Endpoint.AF_INET6, Sockets.RAW, IPPROTO_ICMPV6, "ICMPv6 on " + device);
    try {
      Sockets.device(fd, device);
      // A set bit keeps a type out.
      int[] out = new int[8];
      java.util.Arrays.fill(out, -1);
      for (int type : types) {
        out[type >>> 5] &= ~(1 << (type & 31));
      }
      Sockets.option(fd, IPPROTO_ICMPV6, ICMP6_FILTER, Sockets.ints(out), "ICMP6_FILTER");
      Sockets.timeToLive(fd, Endpoint.AF_INET6, 255);
      Sockets.option(fd, Sockets.SOL_IPV6, IPV6_MULTICAST_HOPS, 255, "IPV6_MULTICAST_HOPS");
      Sockets.option(fd, Sockets.SOL_IPV6, IPV6_MULTICAST_IF, link, "IPV6_MULTICAST_IF");
      Sockets.option(fd, Sockets.SOL_IPV6, IPV6_MULTICAST_LOOP, 0, "IPV6_MULTICAST_LOOP");
      tell(fd, Endpoint.AF_INET6);
      return new DatagramSocket(fd, Endpoint.AF_INET6);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private static void tell(Fd fd, int family) {
    if (family == Endpoint.AF_INET) {
      Sockets.option(fd, Sockets.SOL_IP, IP_PKTINFO, 1, "IP_PKTINFO");
      Sockets.option(fd, Sockets.SOL_IP, IP_RECVTTL, 1, "IP_RECVTTL");
    } else {
      Sockets.option(fd, Sockets.SOL_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
      Sockets.option(fd, Sockets.SOL_IPV6, IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT");
    }
  }

  /** Joins an IPv6 multicast group on an interface. */
  public void join(InetAddress group, int link) {
    byte[] request =
        java.nio.ByteBuffer.allocate(20)
            .put(group.getAddress())
            .order(ByteOrder.nativeOrder())
            .putInt(link)
            .array();
    Sockets.option(fd, Sockets.SOL_IPV6, IPV6_JOIN_GROUP, request, "IPV6_JOIN_GROUP of " + group);
  }

  /** Returns the next packet that has arrived, if there is one. */
  public Optional<Datagram> receive() {
    header.set(ValueLayout.JAVA_LONG, 0, name.address());
    header.set(INT_AT, 8, 128);
    header.set(ValueLayout.JAVA_LONG, 16, vector.address());
    header.set(ValueLayout.JAVA_LONG, 24, 1);
    header.set(ValueLayout.JAVA_LONG, 32, control.address());
    header.set(ValueLayout.JAVA_LONG, 40, CONTROL_BYTES);
    header.set(INT_AT, 48, 0);
    long count = fd.use(n -> Call.retry(() -> RECVMSG.apply(n, header.address(), 0)));
    if (Sockets.again(count)) {
      return Optional.empty();
    }
    RECVMSG.check(count, fd.what());
    Endpoint from = Endpoint.decode(name.asByteBuffer());
    int ttl = 0;
    int link = 0;
    InetAddress to = from.address();
    long length = header.get(ValueLayout.JAVA_LONG, 40);
    for (long at = 0; at + 16 <= length; ) {
      long size = control.get(ValueLayout.JAVA_LONG, at);
      int level = control.get(INT_AT, at + 8);
      int type = control.get(INT_AT, at + 12);
      if (level == Sockets.SOL_IP && type == Sockets.IP_TTL) {
        ttl = control.get(INT_AT, at + 16);
      } else if (level == Sockets.SOL_IPV6 && type == IPV6_HOPLIMIT) {
        ttl = control.get(INT_AT, at + 16);
      } else if (level == Sockets.SOL_IP && type == IP_PKTINFO) {
        link = control.get(INT_AT, at + 16);
        to = address(control.asSlice(at + 24, 4));
      } else if (level == Sockets.SOL_IPV6 && type == IPV6_PKTINFO) {
        to = address(control.asSlice(at + 16, 16));
        link = control.get(INT_AT, at + 32);
      }
      if (size < 16) {
        break;
      }
      at += (size + 7) & ~7;
    }
    return Optional.of(
        new Datagram(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE), from, to, link, ttl));
  }

  private static InetAddress address(MemorySegment bytes) {
    try {
      return InetAddress.getByAddress(bytes.toArray(ValueLayout.JAVA_BYTE));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Sends a packet; false when there is no room for it now. */
  public boolean send(byte[] bytes, Endpoint to) {
    byte[] address = to.encode();
    MemorySegment.copy(bytes, 0, output, ValueLayout.JAVA_BYTE, 0, bytes.length);
    MemorySegment.copy(address, 0, target, ValueLayout.JAVA_BYTE, 0, address.length);
    long sent =
        fd.use(n ->
            Call.retry(() ->
                SENDTO.apply(
                    n, output.address(), bytes.length, 0, target.address(), address.length)));
    if (Sockets.again(sent)) {
      return false;
    }
    SENDTO.check(sent, to);
    return true;
  }

  /** Returns its own address and port. */
  public Endpoint local() {
    return Sockets.local(fd);
  }

  /** Returns whether it is for IPv6. */
  public boolean isIpv6() {
    return family == Endpoint.AF_INET6;
  }

  /** For a {@link Poller}. */
  public Fd fd() {
    return fd;
  }

  @Override
  public void close() {
    fd.close();
  }
}
