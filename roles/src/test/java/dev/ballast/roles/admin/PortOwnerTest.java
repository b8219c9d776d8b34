package dev.ballast.roles.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PortOwnerTest {
  @Test
  void a_taken_port_is_named_with_the_process_that_listens() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();

      assertThatThrownBy(() ->
              AdminHttp.open(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                  List::of,
                  new PrometheusRegistry(),
                  Thread.ofVirtual().factory()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1:" + port)
          .hasMessageContaining("taken by process " + ProcessHandle.current().pid() + " (java)");
    }
  }

  @Test
  void a_port_on_which_nobody_listens_has_no_owner() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }

    assertThat(new PortOwner(Path.of("/proc")).of(port)).isEmpty();
  }
}
