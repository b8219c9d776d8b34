package dev.ballast.linux.netlink;

import java.util.Arrays;
import java.util.HexFormat;

/** The six bytes of an Ethernet address. */
public final class MacAddress {
  public static final MacAddress BROADCAST = MacAddress.parse("ff:ff:ff:ff:ff:ff");
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");
  private static final int BYTES = 6;

  private final byte[] bytes;

  private MacAddress(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("not 6 bytes: " + HexFormat.of().formatHex(bytes));
    }
    this.bytes = bytes.clone();
  }

  public static MacAddress of(byte[] bytes) {
    return new MacAddress(bytes);
  }

  /** From {@code 02:00:5e:00:00:01}. */
  public static MacAddress parse(String text) {
    try {
      return new MacAddress(HexFormat.ofDelimiter(":").parseHex(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("not an Ethernet address: " + text, e);
    }
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MacAddress mac && Arrays.equals(bytes, mac.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return COLONS.formatHex(bytes);
  }
}
