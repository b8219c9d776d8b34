package dev.ballast.linux.netlink;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * An address of an interface.
 *
 * @param link the interface's index
 * @param prefix length in bits
 * @param scope 0 global, 253 link, 254 host
 */
public record InterfaceAddress(int link, InetAddress address, int prefix, int scope) {
  static final int NEW = 20;
  static final int DELETE = 21;
  static final int GET = 22;
  static final int HEADER = 8;

  static final int ADDRESS = 1;
  static final int LOCAL = 2;
  static final int BROADCAST = 4;
  static final int FLAGS = 8;
  static final int NO_DUPLICATE_DETECTION = 2;

  /** A global one. */
  public static InterfaceAddress of(int link, InetAddress address, int prefix) {
    return new InterfaceAddress(link, address, prefix, 0);
  }

  static InterfaceAddress decode(Message message) {
    ByteBuffer header = message.fixed(HEADER);
    Attributes attributes = message.attributes(HEADER);
    byte[] address =
        attributes
            .bytes(LOCAL)
            .or(() -> attributes.bytes(ADDRESS))
            .orElseThrow(() -> new NetlinkFormatException("an address message without address"));
    return new InterfaceAddress(
        header.getInt(4),
        Inet.decode(address),
        Byte.toUnsignedInt(header.get(1)),
        Byte.toUnsignedInt(header.get(3)));
  }
}
