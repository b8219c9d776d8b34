package dev.ballast.loadbalancer.controller;

import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.allocation.Pool;
import dev.ballast.loadbalancer.allocation.PoolUse;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * The controller's metrics, by MetalLB's names, read when they are asked for. Its gauges whose
 * names end in {@code _total} are exposed as counters, since the client library keeps that ending
 * for them.
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
    metrics.flag(
        "config_loaded_bool",
        "1 if the MetalLB configuration was successfully loaded at least once.",
        now -> now.configuration().pools().isEmpty() ? 0 : 1);
    metrics.flag(
        "config_stale_bool",
        "1 if running on a stale configuration, because the latest config failed to load.",
        now -> now.configuration().problems().isEmpty() ? 0 : 1);
  }

  private static long four(Pool pool) {
    return PoolUse.total(pool, Family.IPV4);
  }

  private static long six(Pool pool) {
    return PoolUse.total(pool, Family.IPV6);
  }

  private void usable(String name, String what, ToDoubleFunction<Pool> value) {
    CounterWithCallback.builder()
        .name("metallb_allocator_" + name)
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
    CounterWithCallback.builder()
        .name("metallb_allocator_" + name)
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

  private void flag(String name, String help, ToDoubleFunction<ControllerRole.State> value) {
    GaugeWithCallback.builder()
        .name("metallb_k8s_client_" + name)
        .help(help)
        .callback(callback -> callback.call(state.get().map(value::applyAsDouble).orElse(0.0)))
        .register(registry);
  }
}
