package dev.ballast.loadbalancer.address;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * An IP address as a number of 128 bits; an IPv4 address uses the lowest 32. Addresses are ordered
 * by family, then as unsigned numbers.
 *
 * @param high the upper 64 bits, 0 for IPv4
 * @param low the lower 64 bits
 */
public record Address(Family family, long high, long low) implements Comparable<Address> {
  private static final long IPV4_MASK = 0xffff_ffffL;

  public Address {
    if (family == Family.IPV4 && (high != 0 || (low & ~IPV4_MASK) != 0)) {
      throw new IllegalArgumentException("an IPv4 address has 32 bits: low=" + low);
    }
  }

  /**
   * The address that a text names, or nothing if it names none. An IPv4-mapped IPv6 address is an
   * IPv4 address, as in the original; scopes ({@code %eth0}) and the short forms of inet_aton are
   * refused.
   */
  public static Optional<Address> parse(String text) {
    if (text.indexOf(':') < 0) {
      return parseDotted(text);
    }
    if (text.indexOf('%') >= 0 || text.indexOf('[') >= 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(of(InetAddress.ofLiteral(text).getAddress()));
    } catch (IllegalArgumentException notAnAddress) {
      return Optional.empty();
    }
  }

  /** The address with these 4 or 16 bytes in network order. */
  public static Address of(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return switch (bytes.length) {
      case 4 -> ofIpv4(buffer.getInt());
      case 16 -> new Address(Family.IPV6, buffer.getLong(), buffer.getLong());
      default -> throw new IllegalArgumentException("bytes=" + bytes.length + ", not 4 or 16");
    };
  }

  /** The IPv4 address with these 32 bits. */
  public static Address ofIpv4(int bits) {
    return new Address(Family.IPV4, 0, bits & IPV4_MASK);
  }

  private static Optional<Address> parseDotted(String text) {
    long value = 0;
    int parts = 0;
    for (String part : text.split("\\.", -1)) {
      boolean plain =
          !part.isEmpty() && part.length() <= 3 && part.chars().allMatch(Address::digit);
      // A leading zero means octal to some and decimal to others; both Go and we refuse it.
      if (!plain || (part.length() > 1 && part.charAt(0) == '0') || Integer.parseInt(part) > 255) {
        return Optional.empty();
      }
      value = value << 8 | Integer.parseInt(part);
      parts++;
    }
    return parts == 4 ? Optional.of(new Address(Family.IPV4, 0, value)) : Optional.empty();
  }

  private static boolean digit(int c) {
    return c >= '0' && c <= '9';
  }

  /** The address after this one, or nothing after the last of the family. */
  public Optional<Address> next() {
    if (equals(last(family))) {
      return Optional.empty();
    }
    return Optional.of(new Address(family, low == -1 ? high + 1 : high, low + 1));
  }

  /** The highest address of a family. */
  public static Address last(Family family) {
    return family == Family.IPV4 ? new Address(family, 0, IPV4_MASK) : new Address(family, -1, -1);
  }

  /** The first address of the block of this prefix length that this address lies in. */
  Address networkOf(int prefixLength) {
    int host = family.bits() - prefixLength;
    return new Address(family, high & ~lowBits(host - 64), low & ~lowBits(host));
  }

  /** The last address of the block of this prefix length that this address lies in. */
  Address broadcastOf(int prefixLength) {
    int host = family.bits() - prefixLength;
    return new Address(family, high | lowBits(host - 64), low | lowBits(host));
  }

  /** How many bits at the end are zero, at most the bits of the family. */
  int trailingZeros() {
    if (low != 0) {
      return Long.numberOfTrailingZeros(low);
    }
    return family == Family.IPV4 ? 32 : 64 + Long.numberOfTrailingZeros(high);
  }

  private static long lowBits(int count) {
    if (count <= 0) {
      return 0;
    }
    return count >= 64 ? -1 : (1L << count) - 1;
  }

  /** The 32 bits of an IPv4 address. */
  public int ipv4Bits() {
    if (family != Family.IPV4) {
      throw new IllegalStateException(this + " is not an IPv4 address");
    }
    return (int) low;
  }

  /** The 4 or 16 bytes in network order. */
  public byte[] bytes() {
    return family == Family.IPV4
        ? ByteBuffer.allocate(4).putInt((int) low).array()
        : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
  }

  /**
   * Whether this is an IPv4 address that ends in 0 or 255, which the smurf protection of some cheap
   * routers drops.
   */
  public boolean confusesBuggyFirmware() {
    long octet = low & 0xff;
    return family == Family.IPV4 && (octet == 0 || octet == 255);
  }

  @Override
  public int compareTo(Address other) {
    int byFamily = family.compareTo(other.family);
    if (byFamily != 0) {
      return byFamily;
    }
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  /** The canonical text: dotted for IPv4, RFC 5952 for IPv6. */
  @Override
  public String toString() {
    return family == Family.IPV4 ? dotted() : Rfc5952.text(high, low);
  }

  private String dotted() {
    return (low >> 24) + "." + (low >> 16 & 0xff) + "." + (low >> 8 & 0xff) + "." + (low & 0xff);
  }

  /** For sockets of the JDK. */
  public InetAddress inetAddress() {
    try {
      return InetAddress.getByAddress(bytes());
    } catch (java.net.UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The address of a socket of the JDK. */
  public static Address of(InetAddress address) {
    return of(address instanceof Inet4Address four ? four.getAddress() : address.getAddress());
  }
}
