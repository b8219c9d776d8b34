package dev.ballast.pki;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** One subject alternative name, in its encoding: kinds that nobody here knows are kept too. */
public final class AlternativeName {
  /** What a name is (RFC 5280 section 4.2.1.6). */
  public enum Kind {
    DNS,
    IP,
    URI,
    EMAIL,
    OTHER
  }

  private final Kind kind;
  private final String text;
  private final byte[] der;

  private AlternativeName(Kind kind, String text, byte[] der) {
    this.kind = kind;
    this.text = text;
    this.der = der;
  }

  public static AlternativeName dns(String name) {
    return new AlternativeName(
        Kind.DNS, name, Der.primitive(2, name.getBytes(StandardCharsets.US_ASCII)));
  }

  public static AlternativeName ip(InetAddress address) {
    return new AlternativeName(
        Kind.IP, text(address.getAddress()), Der.primitive(7, address.getAddress()));
  }

  public static AlternativeName uri(String uri) {
    return new AlternativeName(
        Kind.URI, uri, Der.primitive(6, uri.getBytes(StandardCharsets.US_ASCII)));
  }

  public static AlternativeName email(String address) {
    return new AlternativeName(
        Kind.EMAIL, address, Der.primitive(1, address.getBytes(StandardCharsets.US_ASCII)));
  }

  /** An IP address where the text is one, leading zeros allowed; never asks a name server. */
  public static Optional<InetAddress> address(String text) {
    try {
      String[] octets = text.split("\\.", -1);
      if (octets.length == 4 && text.matches("[0-9.]{7,20}")) {
        var bytes = new byte[4];
        for (int i = 0; i < 4; i++) {
          if (octets[i].isEmpty() || octets[i].length() > 5 || Integer.parseInt(octets[i]) > 255) {
            return Optional.empty();
          }
          bytes[i] = (byte) Integer.parseInt(octets[i]);
        }
        return Optional.of(InetAddress.getByAddress(bytes));
      }
      if (text.indexOf(':') < 0 || text.indexOf('%') >= 0 || text.startsWith("[")) {
        return Optional.empty();
      }
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException | UnknownHostException e) {
      return Optional.empty();
    }
  }

  static AlternativeName decode(byte[] der) {
    int tag = der[0] & 0xff;
    byte[] contents = tag == 0xa4 || tag == 0xa0 ? der : new DerReader(der).contents(tag);
    String ascii = new String(contents, StandardCharsets.ISO_8859_1);
    return switch (tag) {
      case 0x82 -> new AlternativeName(Kind.DNS, ascii, der);
      case 0x86 -> new AlternativeName(Kind.URI, ascii, der);
      case 0x81 -> new AlternativeName(Kind.EMAIL, ascii, der);
      case 0x87 -> address(contents, der);
      default -> other(der);
    };
  }

  private static AlternativeName address(byte[] contents, byte[] der) {
    return contents.length == 4 || contents.length == 16
        ? new AlternativeName(Kind.IP, text(contents), der)
        : other(der);
  }

  private static AlternativeName other(byte[] der) {
    return new AlternativeName(Kind.OTHER, HexFormat.of().formatHex(der), der);
  }

  private static String text(byte[] address) {
    if (address.length == 4) {
      return (address[0] & 0xff)
          + "."
          + (address[1] & 0xff)
          + "."
          + (address[2] & 0xff)
          + "."
          + (address[3] & 0xff);
    }
    return Ipv6Text.of(address);
  }

  public Kind kind() {
    return kind;
  }

  /** The name as text; an IPv6 address in its short form (RFC 5952). */
  public String text() {
    return text;
  }

  byte[] der() {
    return der.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AlternativeName that && Arrays.equals(der, that.der);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(der);
  }

  /** As openssl writes it, such as {@code DNS:localhost}. */
  @Override
  public String toString() {
    return switch (kind) {
      case IP -> "IP:" + text;
      case DNS, URI, EMAIL, OTHER -> kind + ":" + text;
    };
  }
}
