package dev.ballast.certificates.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ProbeTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  private final Probe probe = new Probe(Thread.ofVirtual().factory(), Duration.ofMillis(300));

  private static InetSocketAddress address(ServerSocket server) {
    return new InetSocketAddress(HERE, server.getLocalPort());
  }

  @Test
  void a_port_without_a_listener_is_closed() throws IOException {
    InetSocketAddress free;
    try (var server = new ServerSocket(0, 1, HERE)) {
      free = address(server);
    }

    assertThat(probe.one(free)).isInstanceOf(Observation.Closed.class);
  }

  @Test
  void servers_that_accept_and_say_nothing_cost_one_timeout_together() throws IOException {
    var servers = new ArrayList<ServerSocket>();
    try {
      for (int i = 0; i < 20; i++) {
        servers.add(new ServerSocket(0, 1, HERE));
      }
      var seen = probe.all(servers.stream().map(ProbeTest::address).toList());

      assertThat(seen.values()).hasSize(20).allMatch(o -> o instanceof Observation.Silent);
    } finally {
      for (var server : servers) {
        server.close();
      }
    }
  }

  @Test
  void a_server_that_speaks_something_else_is_named_as_such() throws Exception {
    try (var server = new ServerSocket(0, 1, HERE)) {
      var talker =
          Thread.ofVirtual()
              .start(() -> {
                try (var socket = server.accept()) {
                  socket
                      .getOutputStream()
                      .write(
                          "SSH-2.0-other\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                  socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                  // The probe hangs up when it has heard enough.
                  return;
                }
              });

      assertThat(probe.all(List.of(address(server))).values())
          .singleElement()
          .isInstanceOf(Observation.Silent.class);
      talker.join();
    }
  }
}
