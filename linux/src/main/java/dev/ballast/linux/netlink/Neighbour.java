package dev.ballast.linux.netlink;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * An entry of the ARP or NDP cache.
 *
 * @param link the interface's index
 * @param mac absent while it is being asked for, and after nobody answered
 * @param state {@code NUD_…} bits, as {@link #REACHABLE}
 */
public record Neighbour(int link, InetAddress address, Optional<MacAddress> mac, int state) {
  public static final int INCOMPLETE = 0x01;
  public static final int REACHABLE = 0x02;
  public static final int STALE = 0x04;
  public static final int DELAY = 0x08;
  public static final int PROBE = 0x10;
  public static final int FAILED = 0x20;
  public static final int NOARP = 0x40;
  public static final int PERMANENT = 0x80;

  static final int NEW = 28;
  static final int DELETE = 29;
  static final int GET = 30;
  static final int HEADER = 12;
  static final int DESTINATION = 1;
  static final int LINK_ADDRESS = 2;

  /** An entry that stays until it is deleted. */
  public static Neighbour permanent(int link, InetAddress address, MacAddress mac) {
    return new Neighbour(link, address, Optional.of(mac), PERMANENT);
  }

  static Neighbour decode(Message message) {
    ByteBuffer header = message.fixed(HEADER);
    Attributes attributes = message.attributes(HEADER);
    return new Neighbour(
        header.getInt(4),
        attributes
            .bytes(DESTINATION)
            .map(Inet::decode)
            .orElseThrow(() -> new NetlinkFormatException("a neighbour without address")),
        attributes.bytes(LINK_ADDRESS).filter(b -> b.length == 6).map(MacAddress::of),
        Short.toUnsignedInt(header.getShort(8)));
  }
}
