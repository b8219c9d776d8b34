package dev.ballast.loadbalancer.speaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.controller.ControllerRole;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.objects.DirectoryStore;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics by MetalLB's names and types, as Prometheus' own parser of Python reads them. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class MetricsIT {
  /** Prints a line a sample, in both forms: the name, the type of its family, and the labels. */
  private static final String PARSER =
      """
      import sys
      if sys.argv[1] == 'text':
          from prometheus_client.parser import text_string_to_metric_families as parse
      else:
          from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
      for family in parse(sys.stdin.read()):
          for sample in family.samples:
              print(sample.name, family.type, ' '.join(sorted(sample.labels)))
      """;

  private static final String OBJECTS =
      """
      apiVersion: metallb.io/v1beta1
      kind: IPAddressPool
      metadata: {name: p, namespace: metallb-system}
      spec: {addresses: [192.0.2.10/32]}
      """;

  @TempDir private Path objects;

  @BeforeEach
  void parser() throws Exception {
    Process python = new ProcessBuilder("python3", "-c", "import prometheus_client").start();
    boolean there = python.waitFor() == 0;
    if (!"true".equals(System.getenv("CI"))) {
      assumeTrue(there, "the Python package prometheus-client is missing; run dev/peers");
    }
    assertThat(there).as("the Python package prometheus-client is installed").isTrue();
    Files.writeString(objects.resolve("pool.yaml"), OBJECTS);
  }

  private DirectoryStore home() throws Exception {
    return DirectoryStore.open(
        objects, LoadBalancerKinds.SCHEME, RunningRole.TASKS, Duration.ofSeconds(2));
  }

  @Test
  void the_speakers() throws Exception {
    try (DirectoryStore home = home()) {
      SpeakerRole role = ObjectsGoneTest.speaker(home);
      try (RunningRole running = RunningRole.start(role)) {
        Address web = Address.parse("192.0.2.10").orElseThrow();
        Counters counters = role.speaker().orElseThrow().counters();
        counters.requested(web);
        counters.responded(web);
        counters.gratuitous(web);

        assertThat(running.get("/metrics"))
            .contains(
                "\nmetallb_layer2_requests_received{ip=\"192.0.2.10\"} 1.0\n",
                "\nmetallb_layer2_responses_sent{ip=\"192.0.2.10\"} 1.0\n",
                "\nmetallb_layer2_gratuitous_sent{ip=\"192.0.2.10\"} 1.0\n");
        // This parser gives all counters the ending that OpenMetrics asks for.
        assertThat(parsed("text", running.get("/metrics")))
            .contains(
                "metallb_layer2_requests_received_total counter ip",
                "metallb_layer2_responses_sent_total counter ip",
                "metallb_layer2_gratuitous_sent_total counter ip",
                "metallb_k8s_client_updates_total counter ",
                "metallb_k8s_client_update_errors_total counter ",
                "metallb_k8s_client_config_loaded_bool gauge ",
                "metallb_k8s_client_config_stale_bool gauge ");
        assertThat(parsed("openmetrics", running.openMetrics()))
            .contains(
                "metallb_layer2_gratuitous_sent unknown ip",
                "metallb_k8s_client_updates_total counter ");
      }
    }
  }

  @Test
  void the_controllers() throws Exception {
    try (DirectoryStore home = home();
        RunningRole running =
            RunningRole.start(new ControllerRole(home, "", InstantSource.fixed(Instant.EPOCH)))) {
      ObjectsGoneTest.await(() -> running.get("/readyz").equals("200 ok"));

      for (List<String> form :
          List.of(
              parsed("text", running.get("/metrics")),
              parsed("openmetrics", running.openMetrics()))) {
        assertThat(form)
            .contains(
                "metallb_allocator_addresses_total gauge pool",
                "metallb_allocator_addresses_in_use_total gauge pool",
                "metallb_allocator_ipv4_addresses_total gauge pool",
                "metallb_allocator_ipv6_addresses_in_use_total gauge pool",
                "metallb_k8s_client_updates_total counter ",
                "metallb_k8s_client_update_errors_total counter ",
                "metallb_k8s_client_config_loaded_bool gauge ",
                "metallb_k8s_client_config_stale_bool gauge ");
      }
    }
  }

  private static List<String> parsed(String form, String answer) throws Exception {
    assertThat(answer).startsWith("200 ");
    Process python =
        new ProcessBuilder("python3", "-c", PARSER, form).redirectErrorStream(true).start();
    try (OutputStream in = python.getOutputStream()) {
      in.write(answer.substring(4).getBytes(StandardCharsets.UTF_8));
    }
    String out = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(python.waitFor()).as(out).isZero();
    return out.lines().toList();
  }
}
