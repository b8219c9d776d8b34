package dev.ballast.linux;

import java.util.HexFormat;

/**
 * An Ethernet address.
 *
 * @param value its six bytes as the low 48 bits, first byte highest
 */
public record Mac(long value) {
  public static final Mac BROADCAST = new Mac(0xffff_ffff_ffffL);
  public static final Mac ZERO = new Mac(0);

  private static final int BYTES = 6;

  public Mac {
    if (value >>> (8 * BYTES) != 0) {
      throw new IllegalArgumentException("an Ethernet address has 48 bits: value=" + value);
    }
  }

  /** The address that six bytes in network order are. */
  public static Mac of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("an Ethernet address has 6 bytes: length=" + bytes.length);
    }
    long value = 0;
    for (byte b : bytes) {
      value = (value << 8) | Byte.toUnsignedLong(b);
    }
    return new Mac(value);
  }

  /** Reads {@code aa:bb:cc:dd:ee:ff}. */
  public static Mac parse(String text) {
    return of(HexFormat.ofDelimiter(":").parseHex(text));
  }

  /** Six bytes in network order. */
  public byte[] bytes() {
    byte[] bytes = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      bytes[i] = (byte) (value >>> (8 * (BYTES - 1 - i)));
    }
    return bytes;
  }

  /** Whether it names a group of stations. */
  public boolean isMulticast() {
    return ((value >>> 40) & 1) != 0;
  }

  @Override
  public String toString() {
    return HexFormat.ofDelimiter(":").formatHex(bytes());
  }
}
