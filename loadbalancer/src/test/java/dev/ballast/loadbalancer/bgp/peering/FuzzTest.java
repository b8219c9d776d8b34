package dev.ballast.loadbalancer.bgp.peering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.bgp.message.AddressFamily;
import dev.ballast.loadbalancer.bgp.message.Capability;
import dev.ballast.loadbalancer.bgp.message.Message;
import dev.ballast.loadbalancer.bgp.message.MessageEncoder;
import dev.ballast.loadbalancer.bgp.peering.LiveSpeaker.Peer;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * A neighbour that sends whatever comes, for a fixed time: each session ends with a NOTIFICATION or
 * goes on, and nothing is logged without the neighbour's name.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class FuzzTest {
  private static final Duration TIME = Duration.ofSeconds(Boolean.getBoolean("long") ? 120 : 5);

  /** What is logged by the peering while the test runs. */
  private static final class Heard extends Handler {
    private final List<String> nameless = new ArrayList<>();

    @Override
    public synchronized void publish(LogRecord record) {
      if (!String.valueOf(record.getMessage()).contains("neighbour")) {
        nameless.add(record.getLevel() + " " + record.getMessage());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  void every_malformed_message_ends_in_a_NOTIFICATION_and_the_next_session_works()
      throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Logger logger = Logger.getLogger(Peering.class.getName());
    Heard heard = new Heard();
    logger.addHandler(heard);
    logger.setUseParentHandlers(false);
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        LiveSpeaker speaker = new LiveSpeaker(0, _ -> Bfd.NONE)) {
      server.setSoTimeout(30_000);
      speaker.configure(
          new Peer("neighbour", "127.0.0.1")
              .port(server.getLocalPort())
              .retry(Duration.ofMillis(10))
              .settings());
      long end = System.nanoTime() + TIME.toNanos();
      int sessions = 0;
      int notifications = 0;
      while (System.nanoTime() - end < 0) {
        try (Socket socket = server.accept()) {
          socket.setSoTimeout(30_000);
          if (attack(socket, random)) {
            notifications++;
          }
          sessions++;
        }
      }
      assertThat(sessions).as("seed " + seed).isGreaterThan(20);
      assertThat(notifications).as("seed " + seed).isGreaterThan(10);
      // Still there, and well.
      try (Socket socket = server.accept()) {
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write(open());
        socket.getOutputStream().write(MessageEncoder.encode(new Message.Keepalive()));
        dev.ballast.testkit.Eventually.holds(
            "established", Duration.ofSeconds(30), () -> speaker.status("neighbour").established());
      }
    } finally {
      logger.removeHandler(heard);
      logger.setUseParentHandlers(true);
    }
    assertThat(heard.nameless).as("seed " + seed).isEmpty();
  }

  private static byte[] open() {
    return MessageEncoder.encode(
        new Message.Open(
            64513,
            90,
            0x7f000009,
            List.of(
                new Capability.Multiprotocol(AddressFamily.IPV4_UNICAST),
                new Capability.RouteRefresh(),
                new Capability.FourOctetAs(64513))));
  }

  /** Returns whether the session ended with a NOTIFICATION. */
  private static boolean attack(Socket socket, Random random) throws IOException {
    boolean opened = random.nextInt(4) > 0;
    if (opened) {
      socket.getOutputStream().write(open());
      socket.getOutputStream().write(MessageEncoder.encode(new Message.Keepalive()));
    }
    try {
      for (int i = 0; i < 1 + random.nextInt(4); i++) {
        socket.getOutputStream().write(garbage(random));
      }
      socket.shutdownOutput();
      return endsWithNotification(socket);
    } catch (IOException e) {
      return false; // It closed while we were still sending.
    }
  }

  private static byte[] garbage(Random random) {
    int size = random.nextInt(200);
    byte[] body = new byte[size];
    random.nextBytes(body);
    return switch (random.nextInt(5)) {
      case 0 -> body;
      case 1 -> mutated(open(), random);
      default -> {
        int type = 1 + random.nextInt(6);
        int length = random.nextInt(8) == 0 ? random.nextInt(70_000) : 19 + size;
        byte[] update = body;
        if (type == 2 && size > 30) {
          // Lengths that fit, so that attributes are looked at.
          ByteBuffer.wrap(update).putShort((short) 0).putShort((short) (size - 4 - 5));
        }
        ByteBuffer message = ByteBuffer.allocate(19 + size);
        message.putLong(-1).putLong(-1).putShort((short) length).put((byte) type).put(update);
        yield message.array();
      }
    };
  }

  private static byte[] mutated(byte[] message, Random random) {
    for (int i = 0; i < 1 + random.nextInt(3); i++) {
      message[random.nextInt(message.length)] = (byte) random.nextInt();
    }
    return message;
  }

  private static boolean endsWithNotification(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    boolean notified = false;
    while (true) {
      byte[] header = in.readNBytes(19);
      if (header.length < 19) {
        return notified;
      }
      int length = (header[16] & 0xff) << 8 | (header[17] & 0xff);
      in.readNBytes(length - 19);
      notified |= header[18] == 3;
    }
  }
}
