package dev.ballast.loadbalancer.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.controller.ControllerRole;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.loadbalancer.resource.Rights;
import dev.ballast.objects.Manifests;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.api.ApiStore;
import dev.ballast.roles.HealthCheck;
import dev.ballast.roles.RoleProcess;
import dev.ballast.roles.admin.AdminHandlers;
import dev.ballast.testkit.ApiServer;
import dev.ballast.testkit.Eventually;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * The controller on a real Kubernetes API, under the account and the rights that its manifests give
 * it; kubectl writes the objects and reads the results.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ControllerApiIT {
  private static final ThreadFactory TASKS = Thread.ofVirtual().factory();

  private static ApiServer server;
  private static Path kubeconfig;

  @BeforeAll
  static void teach_the_api() throws Exception {
    server = ApiServer.shared();
    server.apply(Manifests.yaml(Rights.manifests()));
    server
        .kubectl(
            "",
            "wait",
            "--for=condition=Established",
            "--timeout=60s",
            "crd/ipaddresspools.metallb.io",
            "crd/l2advertisements.metallb.io",
            "crd/configurationstates.metallb.io",
            "crd/servicel2statuses.metallb.io")
        .orFail();
    String token =
        server
            .kubectl("", "-n", Rights.NAMESPACE, "create", "token", "ballast-lb-controller")
            .orFail()
            .strip();
    kubeconfig = server.kubeconfigOf("controller", token);
  }

  private record Running(ObjectStore home, ControllerRole role, RoleProcess process)
      implements AutoCloseable {
    static Running start() throws Exception {
      ObjectStore home =
          ApiStore.open(kubeconfig, LoadBalancerKinds.SCHEME, TASKS, InstantSource.system());
      ControllerRole role = new ControllerRole(home, "", InstantSource.system());
      RoleProcess process =
          new RoleProcess(
              List.of(role),
              TASKS,
              new PrometheusRegistry(),
              new AdminHandlers(),
              Duration.ofSeconds(5));
      process.start();
      return new Running(home, role, process);
    }

    boolean isReady() {
      return role.health().stream().allMatch(HealthCheck::well);
    }

    String reasons() {
      return role.health().toString();
    }

    @Override
    public void close() {
      process.close();
      home.close();
    }
  }

  private static String kubectl(String... words) throws Exception {
    return server.kubectl("", words).orFail();
  }

  @Test
  void a_service_gets_an_address_and_kubectl_shows_all_of_it() throws Exception {
    server.apply(
        """
        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata: {name: first, namespace: metallb-system}
        spec: {addresses: ["192.0.2.0/28"]}
        ---
        apiVersion: metallb.io/v1beta1
        kind: L2Advertisement
        metadata: {name: first, namespace: metallb-system}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: default}
        spec: {type: LoadBalancer, ports: [{port: 80}], selector: {app: web}}
        """);
    try (Running running = Running.start()) {
      Eventually.holds(
          "the service has an address",
          Eventually.SOON,
          () ->
              kubectl(
                      "get",
                      "service",
                      "web",
                      "-o",
                      "jsonpath={.status.loadBalancer.ingress[0].ip}")
                  .startsWith("192.0.2."));
      Eventually.holds(running.reasons(), Eventually.SOON, running::isReady);

      assertThat(kubectl("get", "service", "web")).contains("192.0.2.");
      Eventually.holds(
          "kubectl shows the event",
          Eventually.SOON,
          () -> kubectl("describe", "service", "web").contains("IPAllocated"));
      assertThat(kubectl("get", "events", "--field-selector", "involvedObject.name=web"))
          .contains("Assigned IP [\"192.0.2.");
      Eventually.holds(
          "the pool says what it gave",
          Eventually.SOON,
          () ->
              kubectl(
                      "-n",
                      "metallb-system",
                      "get",
                      "ipaddresspool",
                      "first",
                      "-o",
                      "jsonpath={.status.assignedIPv4} {.status.conditions[0].status}")
                  .matches("[1-9]\\d* True"));
      Eventually.holds(
          "the configuration is valid",
          Eventually.SOON,
          () ->
              kubectl("-n", "metallb-system", "get", "configurationstates", "controller")
                  .contains("Valid"));
    }
  }

  @Test
  void conditions_of_other_controllers_stay_and_ours_keep_their_time() throws Exception {
    server.apply(
        """
        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata: {name: conditions, namespace: metallb-system}
        spec: {addresses: ["192.0.2.64/28"], autoAssign: false}
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: conditions
          namespace: default
          annotations: {metallb.io/address-pool: conditions}
        spec: {type: LoadBalancer, ports: [{port: 80}]}
        """);
    server
        .kubectl(
            "",
            "patch",
            "service",
            "conditions",
            "--subresource=status",
            "--type=merge",
            "-p",
            "{\"status\":{\"conditions\":[{\"type\":\"example.com/Seen\",\"status\":\"True\","
                + "\"reason\":\"Seen\",\"message\":\"\","
                + "\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}]}}")
        .orFail();
    String times = "jsonpath={range .status.conditions[*]}{.type} {.lastTransitionTime}\n{end}";
    String first;
    try (Running running = Running.start()) {
      Eventually.holds(
          running.reasons(),
          Eventually.SOON,
          () -> kubectl("get", "service", "conditions", "-o", times).contains("AddressAllocated"));
      first = kubectl("get", "service", "conditions", "-o", times);
      assertThat(first).contains("example.com/Seen 2026-01-01T00:00:00Z");
    }

    // The next one says that the service has its address already; after that nothing is new.
    try (Running running = Running.start()) {
      Eventually.holds(running.reasons(), Eventually.SOON, running::isReady);
      assertThat(kubectl("get", "service", "conditions", "-o", times)).isEqualTo(first);
    }
    String version = "jsonpath={.metadata.resourceVersion}";
    String before = kubectl("get", "service", "conditions", "-o", version);
    try (Running running = Running.start()) {
      Eventually.holds(running.reasons(), Eventually.SOON, running::isReady);
      assertThat(kubectl("get", "service", "conditions", "-o", version)).isEqualTo(before);
    }
  }

  @Test
  void an_api_that_hangs_is_told_and_changes_nothing() throws Exception {
    server.apply(
        """
        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata: {name: hang, namespace: metallb-system}
        spec: {addresses: ["192.0.2.32/28"], autoAssign: false}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: hang, namespace: default, annotations: {metallb.io/address-pool: hang}}
        spec: {type: LoadBalancer, ports: [{port: 80}]}
        """);
    String ingress = "jsonpath={.status.loadBalancer.ingress[0].ip}";
    try (Running running = Running.start()) {
      Eventually.holds(
          running.reasons(),
          Eventually.SOON,
          () -> kubectl("get", "service", "hang", "-o", ingress).startsWith("192.0.2."));
      String address = kubectl("get", "service", "hang", "-o", ingress);

      server.pause();
      try {
        assertThat(running.home().list().objects())
            .anyMatch(stored -> stored.object().key().toString().equals("Service default/hang"));
      } finally {
        server.resume();
      }

      assertThat(kubectl("get", "service", "hang", "-o", ingress)).isEqualTo(address);
      Eventually.holds(running.reasons(), Eventually.SOON, running::isReady);
    }
  }

  @Test
  void a_right_that_is_missing_is_one_clear_reason() throws Exception {
    server.apply(
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: without-rights, namespace: default}
        """);
    Path without =
        server.kubeconfigOf("without", kubectl("create", "token", "without-rights").strip());
    try (ObjectStore home =
        ApiStore.open(without, LoadBalancerKinds.SCHEME, TASKS, InstantSource.system())) {
      Eventually.holds(
          "the reason is told",
          Eventually.SOON,
          () ->
              home.list().unreadable().orElse("").contains("cannot list or watch")
                  && home.list().unreadable().orElse("").contains("allow this account to list"));
    }
  }

  @Test
  void a_definition_that_is_missing_is_one_clear_reason() throws Exception {
    try (ApiServer empty = ApiServer.start();
        ObjectStore home =
            ApiStore.open(
                empty.kubeconfig(), LoadBalancerKinds.SCHEME, TASKS, InstantSource.system())) {
      Eventually.holds(
          "the reason is told",
          Eventually.SOON,
          () ->
              home.list().unreadable().orElse("").contains("ipaddresspools.metallb.io")
                  || home.list().problems().toString().contains("ipaddresspools.metallb.io"));
      assertThat(home.list().problems().toString())
          .contains("apply the CustomResourceDefinition ipaddresspools.metallb.io");

      empty.apply(Manifests.yaml(Rights.manifests()));
      Eventually.holds(
          "it goes on once they are there", Duration.ofMinutes(2), () -> home.list().reachable());
    }
  }
}
