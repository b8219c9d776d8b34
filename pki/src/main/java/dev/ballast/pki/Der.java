package dev.ballast.pki;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;

/** Writes the DER that certificates, requests and keys are made of (X.690). */
final class Der {
  static final int INTEGER = 0x02;
  static final int BIT_STRING = 0x03;
  static final int OCTET_STRING = 0x04;
  static final int OID = 0x06;
  static final int UTF8_STRING = 0x0c;
  static final int PRINTABLE_STRING = 0x13;
  static final int SEQUENCE = 0x30;
  static final int SET = 0x31;

  private static final int CONTEXT = 0x80;
  private static final int CONSTRUCTED = 0x20;

  /** RFC 5280 section 4.1.2.5: UTCTime up to 2049, GeneralizedTime after. */
  private static final Instant FIRST_GENERALIZED = Instant.parse("2050-01-01T00:00:00Z");

  private static final DateTimeFormatter UTC_TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter GENERALIZED_TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private Der() {}

  static byte[] value(int tag, byte[]... contents) {
    int length = 0;
    for (byte[] content : contents) {
      length += content.length;
    }
    var out = new ByteArrayOutputStream(length + 6);
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else {
      int octets = (32 - Integer.numberOfLeadingZeros(length) + 7) / 8;
      out.write(0x80 | octets);
      for (int shift = (octets - 1) * 8; shift >= 0; shift -= 8) {
        out.write(length >> shift);
      }
    }
    for (byte[] content : contents) {
      out.writeBytes(content);
    }
    return out.toByteArray();
  }

  static byte[] sequence(byte[]... contents) {
    return value(SEQUENCE, contents);
  }

  static byte[] sequence(List<byte[]> contents) {
    return value(SEQUENCE, contents.toArray(byte[][]::new));
  }

  /** SET OF: DER wants its members in the order of their encodings. */
  static byte[] set(List<byte[]> members) {
    byte[][] sorted = members.toArray(byte[][]::new);
    Arrays.sort(sorted, Arrays::compareUnsigned);
    return value(SET, sorted);
  }

  static byte[] integer(BigInteger number) {
    return value(INTEGER, number.toByteArray());
  }

  static byte[] integer(long number) {
    return integer(BigInteger.valueOf(number));
  }

  static byte[] trueValue() {
    return new byte[] {0x01, 0x01, (byte) 0xff};
  }

  static byte[] nullValue() {
    return new byte[] {0x05, 0x00};
  }

  static byte[] octetString(byte[] octets) {
    return value(OCTET_STRING, octets);
  }

  static byte[] bitString(byte[] bits) {
    return value(BIT_STRING, new byte[] {0}, bits);
  }

  /** A named bit list of at most eight bits, bit 0 being the highest; no trailing zero bits. */
  static byte[] namedBits(int octet) {
    return value(
        BIT_STRING, new byte[] {(byte) Integer.numberOfTrailingZeros(octet), (byte) octet});
  }

  static byte[] oid(String dotted) {
    String[] parts = dotted.split("\\.", -1);
    var out = new ByteArrayOutputStream();
    base128(
        out,
        new BigInteger(parts[0]).multiply(BigInteger.valueOf(40)).add(new BigInteger(parts[1])));
    for (int i = 2; i < parts.length; i++) {
      base128(out, new BigInteger(parts[i]));
    }
    return value(OID, out.toByteArray());
  }

  private static void base128(ByteArrayOutputStream out, BigInteger number) {
    int groups = Math.max(1, (number.bitLength() + 6) / 7);
    for (int i = groups - 1; i >= 0; i--) {
      int group = number.shiftRight(7 * i).intValue() & 0x7f;
      out.write(i == 0 ? group : group | 0x80);
    }
  }

  /** A PrintableString where the characters allow it, otherwise a UTF8String, as Go does. */
  static byte[] directoryString(String text) {
    boolean printable = text.chars().allMatch(Der::isPrintable);
    return value(printable ? PRINTABLE_STRING : UTF8_STRING, text.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isPrintable(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || " '()+,-./:=?".indexOf(c) >= 0;
  }

  static byte[] time(Instant instant) {
    return instant.isBefore(FIRST_GENERALIZED)
        ? value(0x17, UTC_TIME.format(instant).getBytes(StandardCharsets.US_ASCII))
        : value(0x18, GENERALIZED_TIME.format(instant).getBytes(StandardCharsets.US_ASCII));
  }

  /** [n] EXPLICIT, and [n] IMPLICIT of a constructed type when given its contents. */
  static byte[] constructed(int number, byte[]... contents) {
    return value(CONTEXT | CONSTRUCTED | number, contents);
  }

  /** [n] IMPLICIT of a primitive type. */
  static byte[] primitive(int number, byte[] content) {
    return value(CONTEXT | number, content);
  }
}
