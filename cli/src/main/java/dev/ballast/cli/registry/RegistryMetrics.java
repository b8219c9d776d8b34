package dev.ballast.cli.registry;

import dev.ballast.oci.registry.RegistryServer;
import dev.ballast.oci.registry.Statistics;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.ToLongFunction;

/** What the registry has done, read when it is asked for. */
final class RegistryMetrics {
  private final PrometheusRegistry registry;
  private final RegistryServer server;

  private RegistryMetrics(PrometheusRegistry registry, RegistryServer server) {
    this.registry = registry;
    this.server = server;
  }

  static void register(PrometheusRegistry registry, RegistryServer server) {
    RegistryMetrics metrics = new RegistryMetrics(registry, server);
    metrics.count("requests", "Requests", Statistics.Snapshot::requests);
    metrics.count("client_errors", "Requests answered with 4xx", Statistics.Snapshot::clientErrors);
    metrics.count("server_errors", "Requests answered with 5xx", Statistics.Snapshot::serverErrors);
    metrics.count("unauthorized", "Requests answered with 401", Statistics.Snapshot::unauthorized);
    metrics.count("blobs_pulled", "Blobs sent", Statistics.Snapshot::blobsPulled);
    metrics.count("blobs_pushed", "Blobs received", Statistics.Snapshot::blobsPushed);
    metrics.count("manifests_pulled", "Manifests sent", Statistics.Snapshot::manifestsPulled);
    metrics.count("manifests_pushed", "Manifests received", Statistics.Snapshot::manifestsPushed);
    metrics.count("sent_bytes", "Bytes of content sent", Statistics.Snapshot::bytesSent);
    metrics.count(
        "received_bytes", "Bytes of content received", Statistics.Snapshot::bytesReceived);
    GaugeWithCallback.builder()
        .name("ballast_registry_connections")
        .help("Clients that are connected")
        .callback(callback -> callback.call(server.connections()))
        .register(registry);
  }

  private void count(String name, String help, ToLongFunction<Statistics.Snapshot> value) {
    CounterWithCallback.builder()
        .name("ballast_registry_" + name + "_total")
        .help(help)
        .callback(callback -> callback.call((double) value.applyAsLong(server.statistics())))
        .register(registry);
  }
}
