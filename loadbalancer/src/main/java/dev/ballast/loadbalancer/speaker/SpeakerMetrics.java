package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.bgp.advertising.BgpStanding;
import dev.ballast.loadbalancer.bgp.speaker.BgpSpeaker;
import dev.ballast.roles.admin.BareCounter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The speaker's metrics, by MetalLB's names; read when they are asked for. */
final class SpeakerMetrics {
  private SpeakerMetrics() {}

  static void register(PrometheusRegistry registry, String node, Speaker speaker, BgpSpeaker bgp) {
    perAddress(
        registry,
        "metallb_layer2_requests_received",
        "Number of layer2 requests received for owned IPs",
        () -> speaker.counters().requestsReceived());
    perAddress(
        registry,
        "metallb_layer2_responses_sent",
        "Number of layer2 responses sent for owned IPs in response to requests",
        () -> speaker.counters().responsesSent());
    perAddress(
        registry,
        "metallb_layer2_gratuitous_sent",
        "Number of gratuitous layer2 packets sent for owned IPs as a result of failovers",
        () -> speaker.counters().gratuitousSent());
    perAddress(
        registry,
        "ballast_layer2_address_conflicts",
        "Number of times that another station was found to have an owned or wanted IP",
        () -> speaker.counters().conflicts());
    CounterWithCallback.builder()
        .name("ballast_speaker_late_total")
        .help("How often this process did not run for longer than its lease.")
        .callback(callback -> callback.call((double) speaker.timesLate()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("metallb_speaker_announced")
        .help("Services being announced from this node. This is desired state.")
        .labelNames("service", "protocol", "node", "ip")
        .callback(callback -> {
          for (Standing standing : speaker.standings().values()) {
            if (standing instanceof Standing.Answering answering) {
              for (Address address : answering.addresses()) {
                callback.call(1, answering.service(), "layer2", node, address.toString());
              }
            }
          }
          for (BgpStanding standing : bgp.standings().values()) {
            if (standing instanceof BgpStanding.Announced announced) {
              for (Address address : announced.addresses()) {
                callback.call(1, announced.service(), "bgp", node, address.toString());
              }
            }
          }
        })
        .register(registry);
  }

  private static void perAddress(
      PrometheusRegistry registry, String name, String help, Supplier<Map<Address, Long>> values) {
    BareCounter.register(
        registry,
        name,
        help,
        "ip",
        () -> {
          Map<String, Long> byAddress = new TreeMap<>();
          values.get().forEach((address, count) -> byAddress.put(address.toString(), count));
          return byAddress;
        });
  }
}
