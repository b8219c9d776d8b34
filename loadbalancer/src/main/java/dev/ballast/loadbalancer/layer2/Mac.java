package dev.ballast.loadbalancer.layer2;

import java.util.HexFormat;

/**
 * An Ethernet address.
 *
 * @param bits its six bytes as the low 48 bits, the first byte highest
 */
public record Mac(long bits) {
  public static final Mac BROADCAST = new Mac(0xffff_ffff_ffffL);
  public static final Mac ZERO = new Mac(0);

  private static final int BYTES = 6;

  public Mac {
    if (bits >>> (8 * BYTES) != 0) {
      throw new IllegalArgumentException("an Ethernet address has 48 bits: bits=" + bits);
    }
  }

  /** The address that six bytes in network order are. */
  public static Mac of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("an Ethernet address has 6 bytes: bytes=" + bytes.length);
    }
    long bits = 0;
    for (byte b : bytes) {
      bits = (bits << 8) | Byte.toUnsignedLong(b);
    }
    return new Mac(bits);
  }

  /** Reads {@code 02:00:00:00:00:01}. */
  public static Mac parse(String text) {
    return of(HexFormat.ofDelimiter(":").parseHex(text));
  }

  /** Six bytes in network order. */
  public byte[] bytes() {
    byte[] bytes = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      bytes[i] = (byte) (bits >>> (8 * (BYTES - 1 - i)));
    }
    return bytes;
  }

  @Override
  public String toString() {
    return HexFormat.ofDelimiter(":").formatHex(bytes());
  }
}
