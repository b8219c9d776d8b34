package dev.ballast.loadbalancer.config;

import dev.ballast.objects.Snapshot;
import dev.ballast.roles.HealthCheck;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * What became of the objects that were read: {@code metallb_k8s_client_*}, the same of the
 * controller and of a speaker. Thread-safe.
 */
public final class Updates {
  private final LongAdder processed = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private volatile boolean loaded;
  private volatile boolean stale;

  /** A snapshot came. */
  public void came() {
    processed.increment();
  }

  /** Something of it could not be done: read, decided or written. */
  public void failed() {
    failed.increment();
  }

  /** What is in force is of an older snapshot. */
  public void stale() {
    stale = true;
  }

  /** This is in force, as far as it is valid. */
  public void inForce(Snapshot snapshot, Configuration configuration) {
    boolean whole = configuration.problems().isEmpty() && !snapshot.hasErrors();
    stale = !whole;
    loaded |= whole || !configuration.pools().isEmpty();
  }

  /**
   * Whether the objects can be read, as a health check.
   *
   * @param unreadable why they can not be read just now
   * @param ever whether they were read at some time
   */
  public static HealthCheck objectsRead(Optional<String> unreadable, boolean ever) {
    String name = "objects-read";
    if (unreadable.isPresent()) {
      return HealthCheck.unwell(name, HealthCheck.Scope.READY, unreadable.get());
    }
    return ever
        ? HealthCheck.well(name, HealthCheck.Scope.READY, "the objects were read")
        : HealthCheck.unwell(name, HealthCheck.Scope.READY, "nothing was read yet");
  }

  /** Lets them be asked for, by MetalLB's names. */
  public void register(PrometheusRegistry registry) {
    counter(
        registry,
        "updates_total",
        "Number of k8s object updates that have been processed.",
        processed);
    counter(
        registry,
        "update_errors_total",
        "Number of k8s object updates that failed for some reason.",
        failed);
    flag(
        registry,
        "config_loaded_bool",
        "1 if the MetalLB configuration was successfully loaded at least once.",
        () -> loaded ? 1 : 0);
    flag(
        registry,
        "config_stale_bool",
        "1 if running on a stale configuration, because the latest config failed to load.",
        () -> stale ? 1 : 0);
  }

  private static void counter(
      PrometheusRegistry registry, String name, String help, LongAdder value) {
    CounterWithCallback.builder()
        .name("metallb_k8s_client_" + name)
        .help(help)
        .callback(callback -> callback.call((double) value.sum()))
        .register(registry);
  }

  private static void flag(
      PrometheusRegistry registry, String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name("metallb_k8s_client_" + name)
        .help(help)
        .callback(callback -> callback.call(value.getAsDouble()))
        .register(registry);
  }
}
