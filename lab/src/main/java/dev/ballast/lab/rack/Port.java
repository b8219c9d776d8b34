package dev.ballast.lab.rack;

import dev.ballast.linux.netlink.MacAddress;
import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * A network card of a host.
 *
 * @param name its interface, as {@code eth0}
 * @param segment the switch that its cable leads to
 * @param prefix of the segment's addresses, in bits
 */
public record Port(String name, String segment, InetAddress address, int prefix) {
  public Port {
    if (!name.matches("[a-z]{1,4}[0-9]")) {
      throw new IllegalArgumentException("not a name of a port, as eth0: " + name);
    }
    if (!(address instanceof Inet4Address) || prefix < 1 || prefix > 32) {
      throw new IllegalArgumentException(
          "port=%s needs an IPv4 address and a prefix of 1 to 32: %s/%d"
              .formatted(name, address.getHostAddress(), prefix));
    }
  }

  /** From {@code 10.0.0.1/24}. */
  public static Port of(String name, String segment, String address) {
    int slash = address.indexOf('/');
    return new Port(
        name,
        segment,
        InetAddress.ofLiteral(address.substring(0, slash)),
        Integer.parseInt(address.substring(slash + 1)));
  }

  /** A locally administered one that shows the IP address: easier to read in traces. */
  public MacAddress mac() {
    byte[] ip = address.getAddress();
    return MacAddress.of(new byte[] {2, (byte) 0xb1, ip[0], ip[1], ip[2], ip[3]});
  }
}
