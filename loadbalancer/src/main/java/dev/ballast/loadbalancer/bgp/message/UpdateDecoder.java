package dev.ballast.loadbalancer.bgp.message;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.address.Family;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Decodes an UPDATE with the error handling of RFC 7606: what leaves the routes readable withdraws
 * them or discards an attribute, and only what does not ends the session. One use each.
 */
final class UpdateDecoder {
  private final Wire wire;
  private final List<String> discarded = new ArrayList<>();
  private final List<Cidr> announced = new ArrayList<>();
  private final List<Cidr> withdrawn = new ArrayList<>();
  private final Set<Integer> seen = new HashSet<>();
  private Optional<AddressFamily> endOfRib = Optional.empty();
  private Optional<PathAttributes.Origin> origin = Optional.empty();
  private Optional<List<Long>> asPath = Optional.empty();
  private List<Long> as4Path = List.of();
  private List<Address> nextHop = List.of();
  private OptionalLong med = OptionalLong.empty();
  private OptionalLong localPref = OptionalLong.empty();
  private final List<Community> communities = new ArrayList<>();
  private final List<LargeCommunity> largeCommunities = new ArrayList<>();
  private boolean treatAsWithdraw;

  UpdateDecoder(Wire wire) {
    this.wire = wire;
  }

  Message.Update decode(ByteBuffer body) throws MessageException {
    boolean empty = body.remaining() == 4 && body.getInt(body.position()) == 0;
    ByteBuffer former = part(body);
    ByteBuffer attributes = part(body);
    withdrawn.addAll(prefixes(former, Family.IPV4));
    boolean onlyEndOfRib = !former.hasRemaining() && withdrawn.isEmpty() && !body.hasRemaining();
    while (attributes.hasRemaining()) {
      if (!attribute(attributes)) {
        break;
      }
    }
    List<Cidr> classic = prefixes(body, Family.IPV4);
    announced.addAll(classic);
    if (empty) {
      endOfRib = Optional.of(AddressFamily.IPV4_UNICAST);
    } else if (!onlyEndOfRib || seen.size() != 1) {
      endOfRib = Optional.empty();
    }
    return result(!classic.isEmpty());
  }

  private Message.Update result(boolean classic) {
    if (announced.isEmpty() && !treatAsWithdraw) {
      return new Message.Update(withdrawn, List.of(), Optional.empty(), endOfRib, discarded);
    }
    if (origin.isEmpty() || asPath.isEmpty() || (classic && !seen.contains(Attribute.NEXT_HOP))) {
      withdraw("a mandatory attribute is missing");
    }
    if (nextHop.isEmpty()) {
      withdraw("there is no next hop");
    }
    if (treatAsWithdraw) {
      List<Cidr> all = new ArrayList<>(withdrawn);
      all.addAll(announced);
      return new Message.Update(all, List.of(), Optional.empty(), Optional.empty(), discarded);
    }
    PathAttributes attributes =
        new PathAttributes(
            origin.orElseThrow(), path(), nextHop, med, localPref, communities, largeCommunities);
    return new Message.Update(
        withdrawn, announced, Optional.of(attributes), Optional.empty(), discarded);
  }

  /** The path of four-octet numbers behind one of two octets (RFC 6793 section 4.2.3). */
  private List<Long> path() {
    List<Long> path = asPath.orElse(List.of());
    if (wire.fourOctetAs() || as4Path.isEmpty() || as4Path.size() > path.size()) {
      return path;
    }
    List<Long> merged = new ArrayList<>(path.subList(0, path.size() - as4Path.size()));
    merged.addAll(as4Path);
    return merged;
  }

  private void withdraw(String why) {
    treatAsWithdraw = true;
    discarded.add("routes withdrawn: " + why);
  }

  private static ByteBuffer part(ByteBuffer body) throws MessageException {
    if (body.remaining() < 2) {
      throw new MessageException(Fault.MALFORMED_ATTRIBUTES);
    }
    int length = body.getShort() & 0xffff;
    if (length > body.remaining()) {
      throw new MessageException(Fault.MALFORMED_ATTRIBUTES);
    }
    ByteBuffer part = body.slice(body.position(), length);
    body.position(body.position() + length);
    return part;
  }

  /** Reads an attribute; false when what follows cannot be read (RFC 7606 section 4). */
  private boolean attribute(ByteBuffer all) throws MessageException {
    if (all.remaining() < 3) {
      withdraw("the attributes end too early");
      return false;
    }
    int flags = all.get() & 0xff;
    int type = all.get() & 0xff;
    boolean extended = (flags & Attribute.EXTENDED) != 0;
    if (all.remaining() < (extended ? 2 : 1)) {
      withdraw("the attributes end too early");
      return false;
    }
    int length = extended ? all.getShort() & 0xffff : all.get() & 0xff;
    if (length > all.remaining()) {
      withdraw("attribute " + type + " is longer than what is left");
      return false;
    }
    ByteBuffer value = all.slice(all.position(), length);
    all.position(all.position() + length);
    if (!seen.add(type)) {
      if (type == Attribute.MP_REACH || type == Attribute.MP_UNREACH) {
        throw new MessageException(Fault.MALFORMED_ATTRIBUTES);
      }
      discarded.add("attribute " + type + " is repeated; the first one counts");
      return true;
    }
    if (!flagsFit(type, flags)) {
      withdraw("attribute " + type + " has flags " + Integer.toHexString(flags));
      return true;
    }
    value(type, flags, value);
    return true;
  }

  private static boolean flagsFit(int type, int flags) {
    int kind = flags & (Attribute.OPTIONAL | Attribute.TRANSITIVE);
    return switch (type) {
      case Attribute.ORIGIN,
          Attribute.AS_PATH,
          Attribute.NEXT_HOP,
          Attribute.LOCAL_PREF,
          Attribute.ATOMIC_AGGREGATE ->
          kind == Attribute.TRANSITIVE;
      case Attribute.MED, Attribute.ORIGINATOR_ID, Attribute.CLUSTER_LIST ->
          kind == Attribute.OPTIONAL;
      case Attribute.COMMUNITIES, Attribute.LARGE_COMMUNITIES, Attribute.AGGREGATOR ->
          kind == (Attribute.OPTIONAL | Attribute.TRANSITIVE);
      default -> true;
    };
  }

  private void value(int type, int flags, ByteBuffer value) throws MessageException {
    switch (type) {
      case Attribute.ORIGIN -> {
        origin =
            value.remaining() == 1
                ? PathAttributes.Origin.of(value.get() & 0xff)
                : Optional.empty();
        if (origin.isEmpty()) {
          withdraw("ORIGIN is malformed");
        }
      }
      case Attribute.AS_PATH -> asPath = path(value, wire.fourOctetAs());
      case Attribute.AS4_PATH -> {
        if (!wire.fourOctetAs()) {
          // Malformed it is discarded, not the routes (RFC 6793 section 6).
          boolean before = treatAsWithdraw;
          as4Path = path(value, true).orElse(List.of());
          treatAsWithdraw = before;
        }
      }
      case Attribute.NEXT_HOP -> {
        if (value.remaining() != 4) {
          withdraw("NEXT_HOP has " + value.remaining() + " bytes");
        } else if (nextHop.isEmpty()) {
          nextHop = List.of(Address.ofIpv4(value.getInt()));
        }
      }
      case Attribute.MED -> med = number(value, "MULTI_EXIT_DISC");
      case Attribute.LOCAL_PREF -> localPref = number(value, "LOCAL_PREF");
      case Attribute.COMMUNITIES -> {
        if (value.remaining() % 4 != 0 || !value.hasRemaining()) {
          withdraw("COMMUNITIES has " + value.remaining() + " bytes");
        } else {
          while (value.hasRemaining()) {
            communities.add(new Community(value.getInt()));
          }
        }
      }
      case Attribute.LARGE_COMMUNITIES -> {
        if (value.remaining() % 12 != 0 || !value.hasRemaining()) {
          withdraw("LARGE_COMMUNITY has " + value.remaining() + " bytes");
        } else {
          while (value.hasRemaining()) {
            largeCommunities.add(
                new LargeCommunity(unsigned(value), unsigned(value), unsigned(value)));
          }
        }
      }
      case Attribute.MP_REACH -> reachable(value);
      case Attribute.MP_UNREACH -> unreachable(value);
      default -> {
        if ((flags & Attribute.OPTIONAL) == 0 && type > Attribute.CLUSTER_LIST) {
          withdraw("attribute " + type + " is unknown and not optional");
        }
      }
    }
  }

  private static long unsigned(ByteBuffer value) {
    return value.getInt() & 0xffff_ffffL;
  }

  private OptionalLong number(ByteBuffer value, String name) {
    if (value.remaining() != 4) {
      withdraw(name + " has " + value.remaining() + " bytes");
      return OptionalLong.empty();
    }
    return OptionalLong.of(unsigned(value));
  }

  private Optional<List<Long>> path(ByteBuffer value, boolean fourOctets) {
    List<Long> path = new ArrayList<>();
    int width = fourOctets ? 4 : 2;
    while (value.hasRemaining()) {
      int kind = value.get() & 0xff;
      int count = value.hasRemaining() ? value.get() & 0xff : 0;
      // Confederation segments (3 and 4) are for inside a confederation.
      boolean known = kind == Attribute.AS_SET || kind == Attribute.AS_SEQUENCE;
      if (!known || count == 0 || count * width > value.remaining()) {
        withdraw("AS_PATH is malformed");
        return Optional.empty();
      }
      for (int i = 0; i < count; i++) {
        path.add(fourOctets ? unsigned(value) : value.getShort() & 0xffffL);
      }
    }
    return Optional.of(path);
  }

  private void reachable(ByteBuffer value) throws MessageException {
    if (value.remaining() < 5) {
      throw new MessageException(Fault.OPTIONAL_ATTRIBUTE);
    }
    AddressFamily family = new AddressFamily(value.getShort() & 0xffff, value.get() & 0xff);
    int length = value.get() & 0xff;
    if (length + 1 > value.remaining()) {
      throw new MessageException(Fault.OPTIONAL_ATTRIBUTE);
    }
    ByteBuffer hops = value.slice(value.position(), length);
    value.position(value.position() + length + 1);
    Optional<Family> addresses = addresses(family);
    if (addresses.isEmpty()) {
      discarded.add("routes of family " + family + " are ignored");
      return;
    }
    boolean fits = length == 16 || length == 32 || (length == 4 && addresses.get() == Family.IPV4);
    if (!fits) {
      throw new MessageException(Fault.OPTIONAL_ATTRIBUTE);
    }
    List<Address> found = new ArrayList<>();
    while (hops.hasRemaining()) {
      byte[] bytes = new byte[length == 4 ? 4 : 16];
      hops.get(bytes);
      found.add(Address.of(bytes));
    }
    nextHop = found;
    announced.addAll(prefixes(value, addresses.get()));
  }

  private void unreachable(ByteBuffer value) throws MessageException {
    if (value.remaining() < 3) {
      throw new MessageException(Fault.OPTIONAL_ATTRIBUTE);
    }
    AddressFamily family = new AddressFamily(value.getShort() & 0xffff, value.get() & 0xff);
    if (!value.hasRemaining()) {
      endOfRib = Optional.of(family);
    }
    Optional<Family> addresses = addresses(family);
    if (addresses.isEmpty()) {
      discarded.add("routes of family " + family + " are ignored");
      return;
    }
    withdrawn.addAll(prefixes(value, addresses.get()));
  }

  private static Optional<Family> addresses(AddressFamily family) {
    if (family.equals(AddressFamily.IPV4_UNICAST)) {
      return Optional.of(Family.IPV4);
    }
    return family.equals(AddressFamily.IPV6_UNICAST) ? Optional.of(Family.IPV6) : Optional.empty();
  }

  private static List<Cidr> prefixes(ByteBuffer routes, Family family) throws MessageException {
    List<Cidr> prefixes = new ArrayList<>();
    while (routes.hasRemaining()) {
      int length = routes.get() & 0xff;
      int bytes = (length + 7) / 8;
      if (length > family.bits() || bytes > routes.remaining()) {
        throw new MessageException(Fault.INVALID_NETWORK);
      }
      byte[] address = new byte[family.bits() / 8];
      routes.get(address, 0, bytes);
      prefixes.add(Cidr.containing(Address.of(address), length));
    }
    return prefixes;
  }
}
