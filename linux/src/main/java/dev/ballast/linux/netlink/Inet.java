package dev.ballast.linux.netlink;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** IP addresses as the kernel has them. */
final class Inet {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  private Inet() {}

  static int family(InetAddress address) {
    return address instanceof Inet4Address ? AF_INET : AF_INET6;
  }

  static InetAddress decode(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new NetlinkFormatException("an IP address of " + bytes.length + " bytes");
    }
  }

  static InetAddress any(int family) {
    return decode(new byte[family == AF_INET ? 4 : 16]);
  }
}
