package dev.ballast.loadbalancer.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.objects.DirectoryStore;
import dev.ballast.objects.Service;
import dev.ballast.roles.RoleProcess;
import dev.ballast.roles.admin.AdminHandlers;
import dev.ballast.testkit.Eventually;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The controller on a directory with many services; it prints how long things took. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ManyServicesTest {
  private static final int SERVICES = Integer.getInteger("ballast.services", 1_000);
  private static final ThreadFactory TASKS = Thread.ofVirtual().factory();

  @TempDir private Path directory;

  private static String service(int number) {
    return """
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: s%d, namespace: default, labels: {app: s%d}}
    spec:
      type: LoadBalancer
      selector: {app: s%d}
      ports: [{name: http, port: 80, targetPort: 8080}]
    """
        .formatted(number, number, number);
  }

  @Test
  void all_get_an_address_and_one_more_costs_little() throws Exception {
    Files.writeString(
        directory.resolve("pool.yaml"),
        """
        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata: {name: p, namespace: metallb-system}
        spec: {addresses: ["10.0.0.0/16"]}
        """);
    StringBuilder text = new StringBuilder();
    int files = 0;
    for (int i = 0; i < SERVICES; i++) {
      text.append(service(i));
      if (i % 500 == 499 || i == SERVICES - 1) {
        Files.writeString(directory.resolve("services" + files++ + ".yaml"), text);
        text.setLength(0);
      }
    }
    long began = System.nanoTime();
    try (DirectoryStore store =
        DirectoryStore.open(directory, LoadBalancerKinds.SCHEME, TASKS, Duration.ofSeconds(30))) {
      ControllerRole role = new ControllerRole(store, "", InstantSource.system());
      RoleProcess process =
          new RoleProcess(
              List.of(role),
              TASKS,
              new PrometheusRegistry(),
              new AdminHandlers(),
              Duration.ofSeconds(5));
      process.start();
      try {
        Eventually.holds(
            "all have an address", Duration.ofMinutes(5), () -> given(store) == SERVICES);
        told(SERVICES + " services from empty", System.nanoTime() - began);
        assertThat(
                store.list().all(Service.class).stream()
                    .map(each -> each.status().ingress())
                    .distinct()
                    .count())
            .isEqualTo(SERVICES);
        for (int more = 1; more <= 5; more++) {
          int count = SERVICES + more;
          Path next = directory.resolve("more" + more + ".yaml~");
          Files.writeString(next, service(count));
          Thread.onSpinWait();
          began = System.nanoTime();
          Files.move(
              next, directory.resolve("more" + more + ".yaml"), StandardCopyOption.ATOMIC_MOVE);
          Eventually.holds("one more", Duration.ofMinutes(1), () -> given(store) == count);
          told("one more", System.nanoTime() - began);
        }
        if (Boolean.getBoolean("ballast.idle")) {
          var system =
              (com.sun.management.OperatingSystemMXBean)
                  ManagementFactory.getOperatingSystemMXBean();
          TimeUnit.SECONDS.sleep(10);
          long cpu = system.getProcessCpuTime();
          TimeUnit.SECONDS.sleep(60);
          told("CPU of an idle minute", system.getProcessCpuTime() - cpu);
        }
      } finally {
        process.close();
      }
    }
  }

  private static long given(DirectoryStore store) {
    return store.list().all(Service.class).stream()
        .filter(each -> !each.status().ingress().isEmpty())
        .count();
  }

  private static void told(String what, long nanos) {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    System.out.println(
        what
            + ": "
            + TimeUnit.NANOSECONDS.toMillis(nanos)
            + " ms; CPU of the process so far: "
            + TimeUnit.NANOSECONDS.toMillis(system.getProcessCpuTime())
            + " ms");
  }
}
