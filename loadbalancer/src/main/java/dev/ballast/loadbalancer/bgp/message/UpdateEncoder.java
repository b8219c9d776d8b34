package dev.ballast.loadbalancer.bgp.message;

import static dev.ballast.loadbalancer.bgp.message.MessageEncoder.put16;
import static dev.ballast.loadbalancer.bgp.message.MessageEncoder.put32;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.address.Family;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Packs routes into as few UPDATEs as they need, none longer than {@link Message#LONGEST}. IPv4
 * routes with an IPv4 next hop use the classic fields, all others MP_REACH_NLRI (RFC 4760).
 */
public final class UpdateEncoder {
  /** Lengths of the withdrawn routes and of the attributes. */
  private static final int LENGTHS = 4;

  private static final int EXTENDED_HEADER = 4;
  private static final int SAFI_UNICAST = 1;

  private final Wire wire;

  public UpdateEncoder(Wire wire) {
    this.wire = wire;
  }

  /**
   * Returns the messages that announce prefixes of any families.
   *
   * @throws IllegalArgumentException when the attributes leave no room for a route, or the next hop
   *     does not fit a prefix
   */
  public List<byte[]> announce(PathAttributes attributes, List<Cidr> prefixes) {
    List<byte[]> messages = new ArrayList<>();
    byFamily(prefixes)
        .forEach((family, routes) -> {
          boolean classic =
              family == Family.IPV4 && attributes.nextHop().getFirst().family() == Family.IPV4;
          messages.addAll(
              classic ? classic(attributes, routes) : multiprotocol(attributes, family, routes));
        });
    return messages;
  }

  /** Returns the messages that withdraw prefixes of any families. */
  public List<byte[]> withdraw(List<Cidr> prefixes) {
    List<byte[]> messages = new ArrayList<>();
    byFamily(prefixes)
        .forEach((family, routes) -> {
          switch (family) {
            case IPV4 -> {
              int room = Message.LONGEST - Message.HEADER - LENGTHS;
              for (byte[] part : parts(routes, room)) {
                messages.add(update(part, new byte[0], new byte[0]));
              }
            }
            case IPV6 -> {
              int room = Message.LONGEST - Message.HEADER - LENGTHS - EXTENDED_HEADER - 3;
              for (byte[] part : parts(routes, room)) {
                messages.add(update(new byte[0], unreachable(family, part), new byte[0]));
              }
            }
          }
        });
    return messages;
  }

  private static Map<Family, List<Cidr>> byFamily(List<Cidr> prefixes) {
    Map<Family, List<Cidr>> families = new EnumMap<>(Family.class);
    for (Cidr prefix : prefixes) {
      families.computeIfAbsent(prefix.network().family(), _ -> new ArrayList<>()).add(prefix);
    }
    return families;
  }

  private List<byte[]> classic(PathAttributes attributes, List<Cidr> routes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    common(out, attributes);
    attribute(
        out, Attribute.TRANSITIVE, Attribute.NEXT_HOP, attributes.nextHop().getFirst().bytes());
    byte[] encoded = out.toByteArray();
    int room = Message.LONGEST - Message.HEADER - LENGTHS - encoded.length;
    return parts(routes, room).stream().map(part -> update(new byte[0], encoded, part)).toList();
  }

  private List<byte[]> multiprotocol(PathAttributes attributes, Family family, List<Cidr> routes) {
    if (family == Family.IPV4 && !wire.ipv6NextHops()) {
      throw new IllegalArgumentException(
          "the peer takes no IPv6 next hops for IPv4 routes: " + attributes.nextHop());
    }
    ByteArrayOutputStream nextHop = new ByteArrayOutputStream();
    for (Address hop : attributes.nextHop()) {
      if (hop.family() != Family.IPV6) {
        throw new IllegalArgumentException("nextHop=" + hop + " for routes of family " + family);
      }
      nextHop.writeBytes(hop.bytes());
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    common(out, attributes);
    byte[] encoded = out.toByteArray();
    int overhead = EXTENDED_HEADER + 3 + 1 + nextHop.size() + 1;
    int room = Message.LONGEST - Message.HEADER - LENGTHS - encoded.length - overhead;
    List<byte[]> messages = new ArrayList<>();
    for (byte[] part : parts(routes, room)) {
      ByteArrayOutputStream reachable = new ByteArrayOutputStream();
      put16(reachable, AddressFamily.unicast(family).afi());
      reachable.write(SAFI_UNICAST);
      reachable.write(nextHop.size());
      reachable.writeBytes(nextHop.toByteArray());
      reachable.write(0);
      reachable.writeBytes(part);
      // First, so that a receiver that fails later knows the routes (RFC 7606 section 5.1).
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      extended(all, Attribute.MP_REACH, reachable.toByteArray());
      all.writeBytes(encoded);
      messages.add(update(new byte[0], all.toByteArray(), new byte[0]));
    }
    return messages;
  }

  private static byte[] unreachable(Family family, byte[] routes) {
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    put16(value, AddressFamily.unicast(family).afi());
    value.write(SAFI_UNICAST);
    value.writeBytes(routes);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    extended(out, Attribute.MP_UNREACH, value.toByteArray());
    return out.toByteArray();
  }

  private static void extended(ByteArrayOutputStream out, int type, byte[] value) {
    out.write(Attribute.OPTIONAL | Attribute.EXTENDED);
    out.write(type);
    put16(out, value.length);
    out.writeBytes(value);
  }

  /** Puts all attributes but the next hop, in the order of their types. */
  private void common(ByteArrayOutputStream out, PathAttributes attributes) {
    attribute(out, Attribute.TRANSITIVE, Attribute.ORIGIN, new byte[] {attributes.origin().code()});
    attribute(out, Attribute.TRANSITIVE, Attribute.AS_PATH, path(attributes, wire.fourOctetAs()));
    attributes
        .med()
        .ifPresent(med -> attribute(out, Attribute.OPTIONAL, Attribute.MED, number(med)));
    attributes
        .localPref()
        .ifPresent(preference ->
            attribute(out, Attribute.TRANSITIVE, Attribute.LOCAL_PREF, number(preference)));
    if (!attributes.communities().isEmpty()) {
      ByteBuffer value = ByteBuffer.allocate(4 * attributes.communities().size());
      attributes.communities().forEach(community -> value.putInt(community.bits()));
      attribute(
          out, Attribute.OPTIONAL | Attribute.TRANSITIVE, Attribute.COMMUNITIES, value.array());
    }
    boolean wide = attributes.asPath().stream().anyMatch(as -> as > 0xffff);
    if (!wire.fourOctetAs() && wide) {
      attribute(
          out,
          Attribute.OPTIONAL | Attribute.TRANSITIVE,
          Attribute.AS4_PATH,
          path(attributes, true));
    }
    if (!attributes.largeCommunities().isEmpty()) {
      ByteBuffer value = ByteBuffer.allocate(12 * attributes.largeCommunities().size());
      for (LargeCommunity community : attributes.largeCommunities()) {
        value
            .putInt((int) community.administrator())
            .putInt((int) community.first())
            .putInt((int) community.second());
      }
      attribute(
          out,
          Attribute.OPTIONAL | Attribute.TRANSITIVE,
          Attribute.LARGE_COMMUNITIES,
          value.array());
    }
  }

  private static byte[] path(PathAttributes attributes, boolean fourOctets) {
    List<Long> path = attributes.asPath();
    if (path.isEmpty()) {
      return new byte[0];
    }
    if (path.size() > 0xff) {
      throw new IllegalArgumentException("asPath has " + path.size() + " numbers, at most 255");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(Attribute.AS_SEQUENCE);
    out.write(path.size());
    for (long as : path) {
      if (fourOctets) {
        put32(out, (int) as);
      } else {
        put16(out, as > 0xffff ? Message.AS_TRANS : (int) as);
      }
    }
    return out.toByteArray();
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(4).putInt((int) value).array();
  }

  private static void attribute(ByteArrayOutputStream out, int flags, int type, byte[] value) {
    boolean extended = value.length > 0xff;
    out.write(flags | (extended ? Attribute.EXTENDED : 0));
    out.write(type);
    if (extended) {
      put16(out, value.length);
    } else {
      out.write(value.length);
    }
    out.writeBytes(value);
  }

  /** Encodes prefixes into as few parts of at most {@code room} bytes as they need. */
  private static List<byte[]> parts(List<Cidr> prefixes, int room) {
    List<byte[]> parts = new ArrayList<>();
    ByteArrayOutputStream part = new ByteArrayOutputStream();
    for (Cidr prefix : prefixes) {
      int size = MessageEncoder.size(prefix);
      if (size > room) {
        throw new IllegalArgumentException(
            "the attributes of %s leave %d bytes of %d for routes"
                .formatted(prefix, room, Message.LONGEST));
      }
      if (part.size() + size > room) {
        parts.add(part.toByteArray());
        part.reset();
      }
      part.write(prefix.prefixLength());
      part.write(prefix.network().bytes(), 0, size - 1);
    }
    if (part.size() > 0) {
      parts.add(part.toByteArray());
    }
    return parts;
  }

  private static byte[] update(byte[] withdrawn, byte[] attributes, byte[] routes) {
    return MessageEncoder.frame(
        MessageType.UPDATE,
        ByteBuffer.allocate(LENGTHS + withdrawn.length + attributes.length + routes.length)
            .putShort((short) withdrawn.length)
            .put(withdrawn)
            .putShort((short) attributes.length)
            .put(attributes)
            .put(routes)
            .array());
  }
}
