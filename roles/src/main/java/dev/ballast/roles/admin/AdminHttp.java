package dev.ballast.roles.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.ballast.roles.HealthCheck;
import dev.ballast.roles.HealthCheck.Scope;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * {@code /metrics} in Prometheus's text form (or OpenMetrics, by the Accept header), {@code
 * /healthz} and {@code /readyz} as Kubernetes serves them: {@code ok} or 503, with {@code ?verbose}
 * a line for each check.
 */
public final class AdminHttp implements AutoCloseable {
  /** Requests that wait while all others are answered. */
  private static final int BACKLOG = 16;

  /** How the text form names the type of a {@link BareCounter}. */
  private static final Pattern UNTYPED = Pattern.compile("(?m)^(# TYPE \\S+) untyped$");

  private final HttpServer server;
  private final Supplier<List<HealthCheck>> health;
  private final PrometheusRegistry metrics;
  private final ExpositionFormats formats = ExpositionFormats.init();

  private AdminHttp(
      HttpServer server, Supplier<List<HealthCheck>> health, PrometheusRegistry metrics) {
    this.server = server;
    this.health = health;
    this.metrics = metrics;
  }

  /** Listens at {@code address}; port 0 takes a free one. */
  public static AdminHttp open(
      InetSocketAddress address,
      Supplier<List<HealthCheck>> health,
      PrometheusRegistry metrics,
      ThreadFactory tasks)
      throws IOException {
    HttpServer server = listen(address);
    AdminHttp http = new AdminHttp(server, health, metrics);
    exactly(server, "/metrics", http::metrics);
    exactly(server, "/healthz", exchange -> http.health(exchange, Scope.LIVE));
    exactly(server, "/livez", exchange -> http.health(exchange, Scope.LIVE));
    exactly(server, "/readyz", exchange -> http.health(exchange, Scope.READY));
    server.createContext("/", AdminHttp::unknown);
    server.setExecutor(command -> {
      Thread task = tasks.newThread(command);
      task.setName("admin-http");
      task.start();
    });
    server.start();
    return http;
  }

  private static HttpServer listen(InetSocketAddress address) throws IOException {
    try {
      return HttpServer.create(address, BACKLOG);
    } catch (BindException e) {
      String where = address.getAddress().getHostAddress() + ":" + address.getPort();
      throw new IOException(
          "cannot serve metrics and health at "
              + where
              + ": "
              + new PortOwner(Path.of("/proc"))
                  .of(address.getPort())
                  .map(owner -> "the port is taken by " + owner + "; use another --port")
                  .orElse(e.getMessage() + "; use another --host or --port"),
          e);
    }
  }

  /** A context has all paths that begin with its own; these have no others. */
  private static void exactly(HttpServer server, String path, HttpHandler handler) {
    server.createContext(
        path,
        exchange -> {
          if (exchange.getRequestURI().getPath().equals(path)) {
            handler.handle(exchange);
          } else {
            unknown(exchange);
          }
        });
  }

  private static void unknown(HttpExchange exchange) throws IOException {
    send(
        exchange,
        404,
        "text/plain; charset=utf-8",
        "not found; there are /metrics, /healthz, /livez and /readyz\n");
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private void health(HttpExchange exchange, Scope scope) throws IOException {
    String endpoint = exchange.getHttpContext().getPath().substring(1);
    // A process that should be restarted is not ready either.
    List<HealthCheck> checks =
        health.get().stream()
            .filter(check -> scope == Scope.READY || check.scope() == Scope.LIVE)
            .toList();
    boolean well = checks.stream().allMatch(HealthCheck::well);
    String query = exchange.getRequestURI().getQuery();
    StringBuilder text = new StringBuilder();
    if (!well || (query != null && query.startsWith("verbose"))) {
      for (HealthCheck check : checks) {
        text.append(check.well() ? "[+]" : "[-]")
            .append(check.name())
            .append(check.well() ? " ok: " : " failed: ")
            .append(check.reason())
            .append('\n');
      }
      text.append(endpoint).append(" check ").append(well ? "passed\n" : "failed\n");
    } else {
      text.append("ok");
    }
    send(exchange, well ? 200 : 503, "text/plain; charset=utf-8", text.toString());
  }

  private void metrics(HttpExchange exchange) throws IOException {
    ExpositionFormatWriter writer =
        formats.findWriter(exchange.getRequestHeaders().getFirst("Accept"));
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    writer.write(body, metrics.scrape());
    byte[] bytes = body.toByteArray();
    if (writer instanceof PrometheusTextFormatWriter) {
      String text = new String(bytes, StandardCharsets.UTF_8);
      bytes = UNTYPED.matcher(text).replaceAll("$1 counter").getBytes(StandardCharsets.UTF_8);
    }
    send(exchange, 200, writer.getContentType(), bytes);
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    send(exchange, status, type, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().matches("GET|HEAD")) {
        exchange.sendResponseHeaders(405, -1);
        return;
      }
      exchange.getResponseHeaders().set("Content-Type", type);
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(status, head ? -1 : body.length);
      if (!head) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
