package dev.ballast.roles.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.roles.HealthCheck;
import dev.ballast.roles.HealthCheck.Scope;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process answers about itself, asked by curl. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class AdminIT {
  private static final ThreadFactory TASKS = Thread.ofVirtual().factory();

  @TempDir private Path directory;
  private final PrometheusRegistry metrics = new PrometheusRegistry();
  private volatile boolean well = true;

  private AdminHttp http() throws IOException {
    return AdminHttp.open(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        () -> List.of(new HealthCheck("objects-read", Scope.READY, well, "pool.yaml, line 3")),
        metrics,
        TASKS);
  }

  @Test
  void health_is_ok_or_says_what_is_wrong() throws Exception {
    try (AdminHttp http = http()) {
      String base = "http://127.0.0.1:" + http.address().getPort();
      assertThat(curl(base + "/readyz")).isEqualTo("ok\n200");

      well = false;

      assertThat(curl(base + "/readyz"))
          .contains("[-]objects-read failed: pool.yaml, line 3")
          .endsWith("\n503");
      assertThat(curl(base + "/healthz")).isEqualTo("ok\n200");
    }
  }

  @Test
  void what_is_not_there_is_said_with_what_is() throws Exception {
    try (AdminHttp http = http()) {
      String base = "http://127.0.0.1:" + http.address().getPort();
      for (String path : List.of("/", "/metricsx", "/metrics/", "/readyz/objects-read")) {
        assertThat(curl(base + path)).contains("there are /metrics, /healthz").endsWith("\n404");
      }
      assertThat(curl(base + "/readyz?verbose")).contains("[+]objects-read ok").endsWith("\n200");
      assertThat(curl(base + "/metrics", "-X", "POST")).endsWith("\n405");
      assertThat(curl(base + "/readyz", "-I")).contains("HTTP/1.1 200").endsWith("\n200");
    }
  }

  @Test
  void metrics_are_prometheus_text() throws Exception {
    Counter.builder()
        .name("metallb_layer2_requests_received")
        .labelNames("ip")
        .register(metrics)
        .labelValues("10.0.0.1")
        .inc();
    try (AdminHttp http = http()) {
      assertThat(curl("http://127.0.0.1:" + http.address().getPort() + "/metrics"))
          .contains("metallb_layer2_requests_received_total{ip=\"10.0.0.1\"} 1.0");
    }
  }

  @Test
  void a_counter_keeps_the_name_that_another_program_gave_it_in_each_form() throws Exception {
    BareCounter.register(
        metrics, "metallb_layer2_gratuitous_sent", "Sent.", "ip", () -> Map.of("10.0.0.1", 3L));
    try (AdminHttp http = http()) {
      String metrics = "http://127.0.0.1:" + http.address().getPort() + "/metrics";
      assertThat(curl(metrics))
          .contains("# TYPE metallb_layer2_gratuitous_sent counter\n")
          .contains("\nmetallb_layer2_gratuitous_sent{ip=\"10.0.0.1\"} 3.0\n");
      assertThat(curl(metrics, "-H", "Accept: application/openmetrics-text; version=1.0.0"))
          .contains("# TYPE metallb_layer2_gratuitous_sent unknown\n")
          .contains("\nmetallb_layer2_gratuitous_sent{ip=\"10.0.0.1\"} 3.0\n");
    }
  }

  @Test
  void the_binary_form_is_sent_as_it_is() throws Exception {
    Counter.builder().name("c").register(metrics).inc();
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    ExpositionFormats.init().getPrometheusProtobufWriter().write(expected, metrics.scrape());
    try (AdminHttp http = http()) {
      Path body = directory.resolve("body");
      assertThat(
              curl(
                  "http://127.0.0.1:" + http.address().getPort() + "/metrics",
                  "-H",
                  "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
                  "-o",
                  body.toString()))
          .endsWith("\n200");
      assertThat(body).hasBinaryContent(expected.toByteArray());
    }
  }

  @Test
  void the_socket_is_its_owners_alone_and_answers() throws Exception {
    AdminHandlers handlers = new AdminHandlers();
    handlers.register(
        "explain", request -> AdminResponse.text(request.path() + " " + request.query()));
    Path path = directory.resolve("run/admin.sock");
    try (AdminSocket socket = AdminSocket.open(path, handlers, TASKS)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-------");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
          .isEqualTo("rwx------");
      assertThat(ask(path, "/explain/default/web?why=yes")).isEqualTo("default/web {why=yes}\n200");
      assertThat(ask(path, "/nothing")).contains("nobody here answers /nothing").endsWith("404");
      assertThatThrownBy(() -> AdminSocket.open(path, handlers, TASKS))
          .hasMessageContaining("still runs");
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void what_is_held_ends_when_the_client_goes_away() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    AdminHandlers handlers = new AdminHandlers();
    handlers.register(
        "hold", _ -> new AdminResponse.Held("held", ended::countDown, new CompletableFuture<>()));
    Path path = directory.resolve("admin.sock");
    try (AdminSocket socket = AdminSocket.open(path, handlers, TASKS)) {
      Process client =
          new ProcessBuilder("curl", "-sN", "--unix-socket", path.toString(), "http://x/hold")
              .start();
      assertThat(client.inputReader().readLine()).isEqualTo("held");
      assertThat(ended.getCount()).isEqualTo(1);

      client.destroyForcibly();

      assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void clients_that_say_nothing_or_read_nothing_give_their_places_back() throws Exception {
    AdminHandlers handlers = new AdminHandlers();
    handlers.register("much", _ -> AdminResponse.text("x".repeat(8 << 20)));
    Path path = directory.resolve("admin.sock");
    List<SocketChannel> idle = new ArrayList<>();
    try (AdminSocket socket = AdminSocket.open(path, handlers, TASKS, Duration.ofMillis(500))) {
      for (int i = 0; i < 64; i++) {
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path));
        idle.add(client);
        if (i % 2 == 0) {
          client.write(ByteBuffer.wrap("GET /much HTTP/1.1\r\n\r\n".getBytes(US_ASCII)));
        }
      }
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (!ask(path, "/x").endsWith("404")) {
        assertThat(System.nanoTime()).isLessThan(end);
      }
    } finally {
      for (SocketChannel client : idle) {
        client.close();
      }
    }
  }

  @Test
  void a_socket_that_a_dead_process_left_is_replaced() throws Exception {
    Path path = directory.resolve("admin.sock");
    new ProcessBuilder(
            "python3",
            "-c",
            "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])",
            path.toString())
        .start()
        .waitFor();
    assertThat(path).exists();

    try (AdminSocket socket = AdminSocket.open(path, new AdminHandlers(), TASKS)) {
      assertThat(ask(path, "/x")).endsWith("404");
    }
  }

  private static String ask(Path socket, String target) throws Exception {
    return curl("--unix-socket", socket.toString(), "http://x" + target);
  }

  private static String curl(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("curl", "-s", "--max-time", "10", "-w", "\n%{http_code}"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
