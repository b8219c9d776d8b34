package dev.ballast.loadbalancer.speaker;

import dev.ballast.roles.Role;
import dev.ballast.roles.RoleProcess;
import dev.ballast.roles.admin.AdminHandlers;
import dev.ballast.roles.admin.AdminHttp;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/** A role as it runs in a process, with what it serves over HTTP. */
final class RunningRole implements AutoCloseable {
  static final ThreadFactory TASKS = Thread.ofVirtual().factory();

  private final RoleProcess process;
  private final AdminHttp http;
  private final HttpClient client = HttpClient.newHttpClient();

  private RunningRole(RoleProcess process, AdminHttp http) {
    this.process = process;
    this.http = http;
  }

  static RunningRole start(Role role) throws Exception {
    PrometheusRegistry metrics = new PrometheusRegistry();
    RoleProcess process =
        new RoleProcess(List.of(role), TASKS, metrics, new AdminHandlers(), Duration.ofSeconds(10));
    process.start();
    return new RunningRole(
        process,
        AdminHttp.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            process::health,
            metrics,
            TASKS));
  }

  /** The code and the body. */
  String get(String path) throws IOException, InterruptedException {
    return get(path, "*/*");
  }

  /** The metrics as a Prometheus asks for them. */
  String openMetrics() throws IOException, InterruptedException {
    return get("/metrics", "application/openmetrics-text; version=1.0.0");
  }

  private String get(String path, String accept) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + http.address().getPort() + path);
    HttpRequest request = HttpRequest.newBuilder(uri).header("Accept", accept).build();
    var answer = client.send(request, BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  @Override
  public void close() {
    process.close();
    http.close();
    client.close();
  }
}
