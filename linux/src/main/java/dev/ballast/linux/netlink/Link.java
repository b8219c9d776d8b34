package dev.ballast.linux.netlink;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A network interface.
 *
 * @param index its number in its network namespace
 * @param mac its address, for Ethernet-like links
 * @param up whether it was set up
 * @param carrier whether it is up and has a living other end ({@code IFF_LOWER_UP})
 * @param mtu bytes
 * @param master the bridge it is a port of, 0 for none
 * @param peer the index of its other end for a veth, in that end's namespace; 0 for none
 * @param kind {@code veth}, {@code bridge}…; empty for hardware and loopback
 * @param flags all {@code IFF_…} flags
 */
public record Link(
    int index,
    String name,
    Optional<MacAddress> mac,
    boolean up,
    boolean carrier,
    int mtu,
    int master,
    int peer,
    String kind,
    int flags) {
  static final int NEW = 16;
  static final int DELETE = 17;
  static final int GET = 18;
  static final int SET = 19;
  static final int HEADER = 16;

  static final int ADDRESS = 1;
  static final int IFNAME = 3;
  static final int MTU = 4;
  static final int LINK = 5;
  static final int MASTER = 10;
  static final int LINKINFO = 18;
  static final int NET_NS_FD = 28;
  static final int INFO_KIND = 1;
  static final int INFO_DATA = 2;
  static final int VETH_INFO_PEER = 1;

  static final int IFF_UP = 1;
  private static final int IFF_LOWER_UP = 1 << 16;

  static Link decode(Message message) {
    ByteBuffer header = message.fixed(HEADER);
    Attributes attributes = message.attributes(HEADER);
    int flags = header.getInt(8);
    return new Link(
        header.getInt(4),
        attributes.text(IFNAME).orElse(""),
        attributes.bytes(ADDRESS).filter(b -> b.length == 6).map(MacAddress::of),
        (flags & IFF_UP) != 0,
        (flags & IFF_LOWER_UP) != 0,
        attributes.number(MTU).orElse(0),
        attributes.number(MASTER).orElse(0),
        attributes.number(LINK).orElse(0),
        attributes.nested(LINKINFO).text(INFO_KIND).orElse(""),
        flags);
  }
}
