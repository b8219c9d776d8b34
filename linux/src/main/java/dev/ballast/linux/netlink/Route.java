package dev.ballast.linux.netlink;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A route of one next hop.
 *
 * @param destination 0.0.0.0 or :: with prefix 0 for the default route
 * @param prefix length in bits
 * @param gateway the next hop's address, if it is not on the link
 * @param link index of the interface, 0 for none (a gateway then tells it; or several next hops)
 * @param metric the lower is preferred; 0 when the kernel chooses
 * @param table 254 main, 255 local
 * @param protocol who made it: 2 kernel, 3 boot, 4 static
 * @param type 1 unicast, 2 local, 3 broadcast, 6 blackhole, 7 unreachable
 */
public record Route(
    InetAddress destination,
    int prefix,
    Optional<InetAddress> gateway,
    int link,
    int metric,
    int table,
    int protocol,
    int type) {
  public static final int MAIN_TABLE = 254;
  public static final int STATIC = 4;
  public static final int UNICAST = 1;

  static final int NEW = 24;
  static final int DELETE = 25;
  static final int GET = 26;
  static final int HEADER = 12;

  static final int DESTINATION = 1;
  static final int OUT_LINK = 4;
  static final int GATEWAY = 5;
  static final int PRIORITY = 6;
  static final int TABLE = 15;

  /** A static route through a gateway, in the main table. */
  public static Route via(InetAddress destination, int prefix, InetAddress gateway) {
    return new Route(destination, prefix, Optional.of(gateway), 0, 0, MAIN_TABLE, STATIC, UNICAST);
  }

  /** A static route to what is on a link, in the main table. */
  public static Route onLink(InetAddress destination, int prefix, int link) {
    return new Route(destination, prefix, Optional.empty(), link, 0, MAIN_TABLE, STATIC, UNICAST);
  }

  /** Whether it is a default route. */
  public boolean isDefault() {
    return prefix == 0 && type == UNICAST;
  }

  static Route decode(Message message) {
    ByteBuffer header = message.fixed(HEADER);
    Attributes attributes = message.attributes(HEADER);
    int family = Byte.toUnsignedInt(header.get(0));
    return new Route(
        attributes.bytes(DESTINATION).map(Inet::decode).orElseGet(() -> Inet.any(family)),
        Byte.toUnsignedInt(header.get(1)),
        attributes.bytes(GATEWAY).map(Inet::decode),
        attributes.number(OUT_LINK).orElse(0),
        attributes.number(PRIORITY).orElse(0),
        attributes.number(TABLE).orElse(Byte.toUnsignedInt(header.get(4))),
        Byte.toUnsignedInt(header.get(5)),
        Byte.toUnsignedInt(header.get(7)));
  }
}
