package dev.ballast.certificates.config;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What kubeadm finds out about the node it runs on.
 *
 * @param nodeName the host name in lower case
 * @param advertiseAddress the address of the default route
 */
public record NodeDefaults(String nodeName, InetAddress advertiseAddress) {

  /** For commands to which the node does not matter: finding out takes time. */
  public static final NodeDefaults UNKNOWN =
      new NodeDefaults("localhost", InetAddress.getLoopbackAddress());

  /** Asks the kernel; sends nothing. */
  public static NodeDefaults read() {
    return new NodeDefaults(hostName(), routedAddress());
  }

  private static String hostName() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname"))
          .strip()
          .toLowerCase(Locale.ROOT);
    } catch (IOException e) {
      return "localhost";
    }
  }

  private static InetAddress routedAddress() {
    // Connecting a datagram socket asks for the route and sends nothing.
    try (var socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 9));
      return socket.getLocalAddress();
    } catch (IOException | RuntimeException e) {
      return InetAddress.getLoopbackAddress();
    }
  }
}
