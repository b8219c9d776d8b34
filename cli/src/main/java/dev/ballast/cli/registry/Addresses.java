package dev.ballast.cli.registry;

import java.net.InetSocketAddress;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code HOST:PORT}, {@code [IPV6]:PORT} and {@code :PORT}, which is every address. */
final class Addresses {
  private Addresses() {}

  static InetSocketAddress read(String text) {
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    if (colon < 0 || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
      throw new TypeConversionException(
          "'" + text + "' is not HOST:PORT, as 127.0.0.1:5000 or :5000");
    }
    String host = text.substring(0, colon).replaceAll("^\\[|]$", "");
    return host.isEmpty()
        ? new InetSocketAddress(Integer.parseInt(port))
        : new InetSocketAddress(host, Integer.parseInt(port));
  }
}
