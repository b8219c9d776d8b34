package dev.ballast.loadbalancer.controller;

import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.allocation.Pool;
import dev.ballast.loadbalancer.allocation.PoolUse;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * The controller's metrics, by MetalLB's names, read when they are asked for. They end in {@code
 * _total} and are gauges.
 */
final class ControllerMetrics {
  private final PrometheusRegistry registry;
  private final Supplier<Optional<ControllerRole.State>> state;

  private ControllerMetrics(
      PrometheusRegistry registry, Supplier<Optional<ControllerRole.State>> state) {
    this.registry = registry;
    this.state = state;
  }

  static void register(
      PrometheusRegistry registry, Supplier<Optional<ControllerRole.State>> state) {
    ControllerMetrics metrics = new ControllerMetrics(registry, state);
    metrics.usable("addresses", "IP addresses", p -> (double) four(p) + six(p));
    metrics.usable("ipv4_addresses", "IPv4 addresses", ControllerMetrics::four);
    metrics.usable("ipv6_addresses", "IPv6 addresses", ControllerMetrics::six);
    metrics.used(
        "addresses_in_use", "IP addresses", u -> (double) u.assignedIpv4() + u.assignedIpv6());
    metrics.used("ipv4_addresses_in_use", "IPv4 addresses", PoolUse::assignedIpv4);
    metrics.used("ipv6_addresses_in_use", "IPv6 addresses", PoolUse::assignedIpv6);
  }

  private static long four(Pool pool) {
    return PoolUse.total(pool, Family.IPV4);
  }

  private static long six(Pool pool) {
    return PoolUse.total(pool, Family.IPV6);
  }

  private void usable(String name, String what, ToDoubleFunction<Pool> value) {
    GaugeWithCallback.builder()
        .name("metallb_allocator_" + name + "_total")
        .help("Number of usable " + what + ", per pool")
        .labelNames("pool")
        .callback(callback ->
            state
                .get()
                .ifPresent(now ->
                    now.configuration()
                        .pools()
                        .forEach(p -> callback.call(value.applyAsDouble(p), p.name()))))
        .register(registry);
  }

  private void used(String name, String what, ToDoubleFunction<PoolUse> value) {
    GaugeWithCallback.builder()
        .name("metallb_allocator_" + name + "_total")
        .help("Number of " + what + " in use, per pool")
        .labelNames("pool")
        .callback(callback ->
            state
                .get()
                .ifPresent(now ->
                    now.allocations()
                        .pools()
                        .forEach(u -> callback.call(value.applyAsDouble(u), u.pool()))))
        .register(registry);
  }
}
