package dev.ballast.mesh.control;

import dev.ballast.mesh.model.MeshModel;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The control plane's metrics, by istiod's names where it has one. */
final class ControlPlaneMetrics {
  private ControlPlaneMetrics() {}

  static void register(
      PrometheusRegistry registry,
      Proxies proxies,
      LongSupplier pushes,
      LongSupplier rejects,
      Supplier<Optional<MeshModel>> model) {
    GaugeWithCallback.builder()
        .name("pilot_xds")
        .help("Number of proxies that are connected")
        .callback(out -> out.call(proxies.count()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("pilot_services")
        .help("Number of services")
        .callback(out -> out.call(model.get().map(each -> each.services().size()).orElse(0)))
        .register(registry);
    CounterWithCallback.builder()
        .name("pilot_xds_pushes")
        .help("Number of updates of all proxies")
        .callback(out -> out.call((double) pushes.getAsLong()))
        .register(registry);
    CounterWithCallback.builder()
        .name("pilot_total_xds_rejects")
        .help("Number of resources that proxies rejected")
        .callback(out -> out.call((double) rejects.getAsLong()))
        .register(registry);
  }
}
