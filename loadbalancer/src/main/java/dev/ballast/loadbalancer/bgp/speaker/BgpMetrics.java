package dev.ballast.loadbalancer.bgp.speaker;

import dev.ballast.loadbalancer.bfd.BfdStanding;
import dev.ballast.loadbalancer.bfd.BfdState;
import dev.ballast.loadbalancer.bgp.peering.Peering;
import dev.ballast.roles.admin.BareCounter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** The metrics of BGP and BFD, by MetalLB's names; read when they are asked for. */
public final class BgpMetrics {
  private final PrometheusRegistry registry;
  private final BgpSpeaker speaker;

  private BgpMetrics(PrometheusRegistry registry, BgpSpeaker speaker) {
    this.registry = registry;
    this.speaker = speaker;
  }

  /** Registers them. */
  public static void register(PrometheusRegistry registry, BgpSpeaker speaker) {
    BgpMetrics metrics = new BgpMetrics(registry, speaker);
    metrics.gauge(
        "session_up",
        "BGP session state (1 is up, 0 is down)",
        p -> p.status().established() ? 1 : 0);
    metrics.gauge(
        "announced_prefixes_total",
        "Number of prefixes currently being advertised on the BGP session",
        p -> p.status().announced());
    metrics.gauge(
        "pending_prefixes_total",
        "Number of prefixes that should be advertised on the BGP session",
        p -> p.status().pending());
    metrics.updates();
    metrics.counter(
        "opens_sent", "Number of BGP open messages sent", p -> p.counters().sent().opens());
    metrics.counter(
        "opens_received",
        "Number of BGP open messages received",
        p -> p.counters().received().opens());
    metrics.counter(
        "notifications_sent",
        "Number of BGP notification messages sent",
        p -> p.counters().sent().notifications());
    metrics.counter(
        "keepalives_sent",
        "Number of BGP keepalive messages sent",
        p -> p.counters().sent().keepalives());
    metrics.counter(
        "keepalives_received",
        "Number of BGP keepalive messages received",
        p -> p.counters().received().keepalives());
    metrics.counter(
        "updates_total_received",
        "Number of BGP UPDATE messages received",
        p -> p.counters().received().updates());
    metrics.counter(
        "route_refresh_sent",
        "Number of BGP route refresh messages sent",
        p -> p.counters().sent().refreshes());
    metrics.counter(
        "total_sent", "Number of total BGP messages sent", p -> p.counters().sent().total());
    metrics.counter(
        "total_received",
        "Number of total BGP messages received",
        p -> p.counters().received().total());
    metrics.bfd();
  }

  private void gauge(String name, String help, ToDoubleFunction<Peering> value) {
    GaugeWithCallback.builder()
        .name("metallb_bgp_" + name)
        .help(help)
        .labelNames("peer")
        .callback(callback ->
            speaker
                .peerings()
                .values()
                .forEach(p -> callback.call(value.applyAsDouble(p), p.settings().label())))
        .register(registry);
  }

  private void updates() {
    CounterWithCallback.builder()
        .name("metallb_bgp_updates_total")
        .help("Number of BGP UPDATE messages sent")
        .labelNames("peer")
        .callback(callback ->
            speaker
                .peerings()
                .values()
                .forEach(p ->
                    callback.call((double) p.counters().sent().updates(), p.settings().label())))
        .register(registry);
  }

  private void counter(String name, String help, ToLongFunction<Peering> value) {
    BareCounter.register(
        registry,
        "metallb_bgp_" + name,
        help,
        "peer",
        () -> {
          Map<String, Long> all = new TreeMap<>();
          speaker
              .peerings()
              .values()
              .forEach(p -> all.put(p.settings().label(), value.applyAsLong(p)));
          return all;
        });
  }

  private void bfd() {
    GaugeWithCallback.builder()
        .name("metallb_bfd_session_up")
        .help("BFD session state (1 is up, 0 is down)")
        .labelNames("peer")
        .callback(callback ->
            watched()
                .forEach((peer, standing) ->
                    callback.call(standing.state() == BfdState.UP ? 1 : 0, peer)))
        .register(registry);
    bfd("control_packet_input", "Number of received BFD control packets", BfdStanding::received);
    bfd("control_packet_output", "Number of sent BFD control packets", BfdStanding::sent);
    bfd("session_up_events", "Number of BFD session up events", BfdStanding::ups);
    bfd("session_down_events", "Number of BFD session down events", BfdStanding::downs);
  }

  private void bfd(String name, String help, ToLongFunction<BfdStanding> value) {
    BareCounter.register(
        registry,
        "metallb_bfd_" + name,
        help,
        "peer",
        () -> {
          Map<String, Long> all = new TreeMap<>();
          watched().forEach((peer, standing) -> all.put(peer, value.applyAsLong(standing)));
          return all;
        });
  }

  /** By the address of the peer, as FRR names BFD sessions. */
  private Map<String, BfdStanding> watched() {
    Map<String, BfdStanding> all = new TreeMap<>();
    Map<String, Peering> peerings = speaker.peerings();
    speaker
        .bfd()
        .forEach((name, standing) -> {
          Peering peering = peerings.get(name);
          if (peering != null) {
            all.put(peering.settings().route().target().toString(), standing);
          }
        });
    return all;
  }
}
