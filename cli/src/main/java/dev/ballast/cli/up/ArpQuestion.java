package dev.ballast.cli.up;

import dev.ballast.linux.netlink.MacAddress;
import dev.ballast.linux.netlink.RouteSocket;
import dev.ballast.linux.packet.BpfProgram;
import dev.ballast.linux.packet.Packet;
import dev.ballast.linux.packet.PacketSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Asks a link who has an address, as arping does, and hears everyone who answers. */
final class ArpQuestion {
  private static final int REQUEST = 1;
  private static final int REPLY = 2;
  private static final int SENDER_IP = 14;

  private ArpQuestion() {}

  /**
   * Who answers, each as often as it does. For a thread inside the network of the asking host.
   *
   * @param port the interface
   * @param own the asking host's address there
   * @param listen how long answers are waited for
   */
  static List<MacAddress> ask(String port, InetAddress own, InetAddress about, Duration listen) {
    try (RouteSocket routes = RouteSocket.open()) {
      var link = routes.requireLink(port);
      try (PacketSocket socket =
          PacketSocket.open(link.index(), PacketSocket.ARP, BpfProgram.arp(REPLY))) {
        socket.send(request(link.mac().orElseThrow(), own, about), MacAddress.BROADCAST);
        return hear(socket, about, listen);
      }
    }
  }

  private static byte[] request(MacAddress mac, InetAddress own, InetAddress about) {
    return ByteBuffer.allocate(28)
        .putShort((short) 1)
        .putShort((short) PacketSocket.IPV4)
        .put((byte) 6)
        .put((byte) 4)
        .putShort((short) REQUEST)
        .put(mac.bytes())
        .put(own.getAddress())
        .put(new byte[6])
        .put(about.getAddress())
        .array();
  }

  private static List<MacAddress> hear(PacketSocket socket, InetAddress about, Duration listen) {
    List<MacAddress> answers = new ArrayList<>();
    long until = System.nanoTime() + listen.toNanos();
    long left;
    while ((left = until - System.nanoTime()) > 0) {
      Optional<Packet> packet = socket.receive(Duration.ofNanos(left));
      packet
          .filter(heard -> heard.direction() == 0 && isAbout(heard.bytes(), about))
          .ifPresent(heard -> answers.add(heard.source()));
    }
    return answers;
  }

  private static boolean isAbout(byte[] bytes, InetAddress about) {
    return bytes.length >= 28
        && Arrays.equals(bytes, SENDER_IP, SENDER_IP + 4, about.getAddress(), 0, 4);
  }
}
