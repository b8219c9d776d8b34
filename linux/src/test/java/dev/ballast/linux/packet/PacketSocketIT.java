package dev.ballast.linux.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.linux.Root;
import dev.ballast.linux.namespace.NamedNetwork;
import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.netlink.InterfaceAddress;
import dev.ballast.linux.netlink.MacAddress;
import dev.ballast.linux.netlink.RouteSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PacketSocketIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final MacAddress OURS = MacAddress.parse("02:00:00:00:00:0b");
  private static final MacAddress THEIRS = MacAddress.parse("02:00:00:00:00:0a");

  private final String asker = "blt-pka-" + ProcessHandle.current().pid();
  private final String answerer = "blt-pkb-" + ProcessHandle.current().pid();
  private int link;

  @BeforeEach
  void cable() {
    Root.require("ip");
    NamedNetwork.create(asker).close();
    NamedNetwork.create(answerer).close();
    link =
        inside(
            answerer,
            () -> {
              try (Namespace far = NamedNetwork.open(asker);
                  RouteSocket routes = RouteSocket.open()) {
                routes.addVeth("eth0", "eth0", far);
                int index = routes.requireLink("eth0").index();
                routes.setMac(index, OURS);
                routes.setUp(index);
                return index;
              }
            });
    inside(
        asker,
        () -> {
          try (RouteSocket routes = RouteSocket.open()) {
            int index = routes.requireLink("eth0").index();
            routes.setMac(index, THEIRS);
            routes.setUp(index);
            routes.add(InterfaceAddress.of(index, InetAddress.getByName("192.0.2.1"), 24));
            return index;
          }
        });
  }

  @AfterEach
  void remove() {
    NamedNetwork.delete(asker);
    NamedNetwork.delete(answerer);
  }

  private static <T> T inside(String name, java.util.concurrent.Callable<T> body) {
    return Root.onThread(() -> {
      try (Namespace network = NamedNetwork.open(name)) {
        network.enter();
      }
      return body.call();
    });
  }

  private static Inet4Address ip(String text) throws Exception {
    return (Inet4Address) InetAddress.getByName(text);
  }

  /** Lets the asker's kernel send an ARP request; what becomes of the datagram is of no matter. */
  private void provoke(String target) {
    inside(
        asker,
        () -> {
          try (var socket = new java.net.DatagramSocket()) {
            socket.send(
                new java.net.DatagramPacket(new byte[1], 1, InetAddress.getByName(target), 9));
          }
          return "";
        });
  }

  private static byte[] reply(byte[] request, MacAddress mac) {
    return ByteBuffer.allocate(28)
        .put(request, 0, 6)
        .putShort((short) 2)
        .put(mac.bytes())
        .put(request, 24, 4)
        .put(request, 8, 10)
        .array();
  }

  @Test
  void answers_arp_for_an_address_that_nobody_has_so_that_the_askers_kernel_believes_it()
      throws Exception {
    try (PacketSocket socket =
        inside(
            answerer,
            () ->
                PacketSocket.open(
                    link, PacketSocket.ARP, BpfProgram.arp(1, Set.of(ip("192.0.2.77")))))) {
      provoke("192.0.2.66"); // Not in the filter: must not be seen.
      provoke("192.0.2.77");

      Packet request = socket.receive(SOON).orElseThrow();
      assertThat(request.bytes()).hasSizeGreaterThanOrEqualTo(28);
      assertThat(InetAddress.getByAddress(java.util.Arrays.copyOfRange(request.bytes(), 24, 28)))
          .isEqualTo(ip("192.0.2.77"));
      assertThat(request.source()).isEqualTo(THEIRS);
      socket.send(reply(request.bytes(), OURS), request.source());

      // The kernel that asked is the judge: bounded wait for its cache to hold our address.
      long end = System.nanoTime() + SOON.toNanos();
      String cache = "";
      while (!cache.contains(OURS.toString()) && System.nanoTime() < end) {
        cache = Root.judge("ip", "-n", asker, "neigh", "show", "192.0.2.77");
      }
      assertThat(cache).contains(OURS.toString());
      assertThat(socket.statistics().drops()).isZero();
    }
  }

  @Test
  void a_close_from_another_thread_wakes_the_receiver() throws Exception {
    PacketSocket socket =
        inside(answerer, () -> PacketSocket.open(link, PacketSocket.ARP, BpfProgram.nothing()));
    FutureTask<Optional<Packet>> receiving =
        new FutureTask<>(() -> socket.receive(Duration.ofHours(1)));
    Thread.ofPlatform().daemon().start(receiving);

    socket.close();

    assertThat(receiving.get(20, java.util.concurrent.TimeUnit.SECONDS)).isEmpty();
    assertThat(socket.receive(SOON)).isEmpty();
    socket.close();
  }

  @Test
  void gives_nothing_when_the_time_is_over() {
    try (PacketSocket socket =
        inside(answerer, () -> PacketSocket.open(link, PacketSocket.ARP, BpfProgram.nothing()))) {
      assertThat(socket.receive(Duration.ofMillis(1))).isEmpty();
      assertThat(socket.statistics()).isEqualTo(new PacketSocket.Statistics(0, 0));
    }
  }

  @Test
  void counts_what_found_no_room() {
    try (PacketSocket out =
            inside(answerer, () -> PacketSocket.openRaw(link, 0x88b5, BpfProgram.nothing()));
        PacketSocket in =
            inside(
                asker,
                () -> {
                  try (RouteSocket routes = RouteSocket.open()) {
                    return PacketSocket.openRaw(
                        routes.requireLink("eth0").index(), 0x88b5, BpfProgram.everything());
                  }
                })) {
      byte[] frame =
          ByteBuffer.allocate(1_400)
              .put(THEIRS.bytes())
              .put(OURS.bytes())
              .putShort((short) 0x88b5)
              .array();
      // Nobody receives: sooner or later the kernel has no room, whatever its default is.
      long drops = 0;
      for (int round = 0; round < 200 && drops == 0; round++) {
        for (int i = 0; i < 100; i++) {
          out.send(frame, THEIRS);
        }
        drops = in.statistics().drops();
      }

      assertThat(drops).isPositive();
      assertThat(in.receive(SOON)).as("what found room is there").isPresent();
    }
  }

  @Test
  void sends_whole_frames_on_a_raw_socket() {
    try (PacketSocket out =
            inside(answerer, () -> PacketSocket.openRaw(link, 0x88b5, BpfProgram.nothing()));
        PacketSocket in =
            inside(
                asker,
                () -> {
                  try (RouteSocket routes = RouteSocket.open()) {
                    return PacketSocket.openRaw(
                        routes.requireLink("eth0").index(), 0x88b5, BpfProgram.everything());
                  }
                })) {
      byte[] frame =
          ByteBuffer.allocate(60)
              .put(THEIRS.bytes())
              .put(OURS.bytes())
              .putShort((short) 0x88b5)
              .array();

      // A cable that was just plugged in carries nothing for a moment.
      long until = System.nanoTime() + SOON.toNanos();
      Optional<Packet> got = Optional.empty();
      while (got.isEmpty() && System.nanoTime() < until) {
        out.send(frame, THEIRS);
        got = in.receive(Duration.ofMillis(100));
      }

      assertThat(got.orElseThrow().bytes()).isEqualTo(frame);
    }
  }
}
