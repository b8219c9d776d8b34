package dev.ballast.mesh.model;

import java.net.InetAddress;

/** Texts that are IP addresses or ranges of them. */
public final class Addresses {
  private Addresses() {}

  public static boolean isIp(String text) {
    if (text.isEmpty() || text.indexOf('%') >= 0) {
      return false;
    }
    if (text.indexOf(':') < 0) {
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c != '.' && (c < '0' || c > '9')) {
          return false;
        }
      }
    }
    try {
      InetAddress.ofLiteral(text);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  public static boolean isRange(String text) {
    return text.indexOf('/') >= 0;
  }

  public static boolean isIpv6(String text) {
    return text.indexOf(':') >= 0;
  }

  /** Whether an address lies in a range, or is the one that is written. */
  public static boolean contains(String range, String address) {
    if (!isRange(range)) {
      return isIp(address) && InetAddress.ofLiteral(range).equals(InetAddress.ofLiteral(address));
    }
    int slash = range.indexOf('/');
    byte[] base = InetAddress.ofLiteral(range.substring(0, slash)).getAddress();
    byte[] bytes = InetAddress.ofLiteral(address).getAddress();
    int length = Integer.parseInt(range.substring(slash + 1));
    if (base.length != bytes.length) {
      return false;
    }
    for (int bit = 0; bit < length; bit++) {
      int mask = 0x80 >> (bit & 7);
      if ((base[bit >> 3] & mask) != (bytes[bit >> 3] & mask)) {
        return false;
      }
    }
    return true;
  }
}
