package dev.ballast.linux.socket;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An address and a port.
 *
 * @param link the index of the interface for a link-local address, else 0
 */
public record Endpoint(InetAddress address, int port, int link) {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  /** Bytes of the longest address. */
  static final int LONGEST = 28;

  public Endpoint {
    address = plain(address);
  }

  public Endpoint(InetAddress address, int port) {
    this(address, port, 0);
  }

  /** The interface is kept beside the address, so that two of one address are equal. */
  private static InetAddress plain(InetAddress address) {
    if (address instanceof Inet6Address six && six.getScopeId() != 0) {
      try {
        return InetAddress.getByAddress(six.getAddress());
      } catch (UnknownHostException impossible) {
        throw new IllegalStateException(impossible);
      }
    }
    return address;
  }

  int family() {
    return address instanceof Inet4Address ? AF_INET : AF_INET6;
  }

  /** As {@code struct sockaddr_in} or {@code sockaddr_in6}. */
  byte[] encode() {
    if (address instanceof Inet4Address) {
      ByteBuffer bytes = ByteBuffer.allocate(16);
      bytes.order(ByteOrder.nativeOrder()).putShort((short) AF_INET);
      bytes.order(ByteOrder.BIG_ENDIAN).putShort((short) port).put(address.getAddress());
      return bytes.array();
    }
    ByteBuffer bytes = ByteBuffer.allocate(LONGEST);
    bytes.order(ByteOrder.nativeOrder()).putShort((short) AF_INET6);
    bytes.order(ByteOrder.BIG_ENDIAN).putShort((short) port).putInt(0);
    // getAddress gives 4 bytes only for an Inet4Address.
    bytes.put(address.getAddress()).order(ByteOrder.nativeOrder()).putInt(link);
    return bytes.array();
  }

  static Endpoint decode(ByteBuffer bytes) {
    int family = bytes.order(ByteOrder.nativeOrder()).getShort();
    int port = bytes.order(ByteOrder.BIG_ENDIAN).getShort() & 0xffff;
    byte[] address = new byte[family == AF_INET ? 4 : 16];
    int link = 0;
    if (family == AF_INET) {
      bytes.get(address);
    } else {
      bytes.getInt();
      bytes.get(address);
      link = bytes.order(ByteOrder.nativeOrder()).getInt();
    }
    try {
      return new Endpoint(InetAddress.getByAddress(address), port, link);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public String toString() {
    String host = address.getHostAddress() + (link == 0 ? "" : "%" + link);
    return address instanceof Inet4Address ? host + ":" + port : "[" + host + "]:" + port;
  }
}
