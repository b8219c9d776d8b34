package dev.ballast.loadbalancer.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ballast.loadbalancer.resource.IPAddressPool;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.objects.DirectoryStore;
import dev.ballast.objects.Event;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.Service;
import dev.ballast.objects.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The controller over a directory of manifests, decision by decision. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ControllerRoleTest {
  private static final String POOL =
      """
      apiVersion: metallb.io/v1beta1
      kind: IPAddressPool
      metadata: {name: %s, namespace: metallb-system}
      spec: {addresses: ["%s"]}
      """;
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata:
        name: %s
        namespace: default
        annotations: {%s}
      spec: {type: LoadBalancer, ports: [{port: 80}]}
      """;
  private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

  @TempDir private Path directory;
  private DirectoryStore home;
  private ControllerRole controller;

  @BeforeEach
  void open() throws Exception {
    Files.writeString(directory.resolve("pool.yaml"), POOL.formatted("p", "192.0.2.10-192.0.2.12"));
    Files.writeString(directory.resolve("web.yaml"), SERVICE.formatted("web", ""));
    start();
  }

  @AfterEach
  void close() {
    home.close();
  }

  private void restart() throws Exception {
    home.close();
    start();
  }

  private void start() throws Exception {
    home =
        DirectoryStore.open(
            directory,
            LoadBalancerKinds.SCHEME,
            Thread.ofVirtual().factory(),
            Duration.ofMinutes(10));
    controller = new ControllerRole(home, "", CLOCK);
  }

  @Test
  void a_service_gets_an_address_a_condition_and_an_event_and_the_pool_counts() throws Exception {
    reconcile();

    assertThat(ingress("web")).containsExactly("192.0.2.10");
    assertThat(condition(new ObjectKey("Service", "default", "web")))
        .containsEntry("status", "True")
        .containsEntry("reason", "IPAllocated");
    assertThat(home.events())
        .extracting(Event::reason, Event::message, Event::source)
        .containsExactly(
            tuple("IPAllocated", "Assigned IP [\"192.0.2.10\"]", "metallb-controller"));
    Map<String, Object> pool = status("IPAddressPool", "metallb-system", "p");
    assertThat(pool).containsEntry("assignedIPv4", 1).containsEntry("availableIPv4", 2);
  }

  @Test
  void a_repeat_and_a_restart_change_nothing_and_tell_nothing_new() throws Exception {
    reconcile();
    Files.writeString(directory.resolve("a.yaml"), SERVICE.formatted("a", ""));
    restart();
    reconcile();
    reconcile();

    assertThat(ingress("web")).containsExactly("192.0.2.10");
    assertThat(ingress("a")).containsExactly("192.0.2.11");
    assertThat(home.events()).allSatisfy(event -> assertThat(event.count()).isEqualTo(1));
  }

  @Test
  void a_status_goes_with_its_object_and_who_comes_later_under_its_name_takes_nothing()
      throws Exception {
    Path first = Files.writeString(directory.resolve("a.yaml"), SERVICE.formatted("a", ""));
    restart();
    reconcile();
    assertThat(ingress("a")).containsExactly("192.0.2.10");
    Files.delete(first);
    home.close();
    home =
        DirectoryStore.open(
            directory,
            LoadBalancerKinds.SCHEME,
            Thread.ofVirtual().factory(),
            Duration.ofMinutes(10));
    controller.reconcile(home.list());
    assertThat(home.status(new ObjectKey("Service", "default", "a"))).isEmpty();
  }

  @Test
  void a_request_outside_every_pool_is_refused_on_the_object_and_the_others_go_on()
      throws Exception {
    Files.writeString(
        directory.resolve("far.yaml"),
        SERVICE.formatted("far", "metallb.io/loadBalancerIPs: 198.51.100.1"));
    restart();
    reconcile();

    assertThat(ingress("far")).isEmpty();
    assertThat(ingress("web")).containsExactly("192.0.2.10");
    assertThat(condition(new ObjectKey("Service", "default", "far")))
        .containsEntry("status", "False")
        .containsEntry("message", "[\"198.51.100.1\"] is not allowed in config");
  }

  @Test
  void a_pool_that_breaks_keeps_what_it_gave_and_says_where_it_is_broken() throws Exception {
    reconcile();
    Files.writeString(directory.resolve("pool.yaml"), POOL.formatted("p", "192.0.2.12-192.0.2.10"));
    restart();
    reconcile();

    assertThat(ingress("web")).containsExactly("192.0.2.10");
    assertThat(condition(IPAddressPool.KIND.key("metallb-system", "p")))
        .containsEntry("status", "False")
        .extractingByKey("message")
        .asString()
        .contains(
            "pool.yaml:4:",
            "spec.addresses[0]",
            "start IP \"192.0.2.12\" is after the end IP \"192.0.2.10\"");
    assertThat(status("ConfigurationState", "metallb-system", "controller"))
        .containsEntry("result", "Invalid");
  }

  @Test
  void of_two_pools_that_overlap_the_one_that_was_there_stays_and_both_are_named()
      throws Exception {
    reconcile();
    Files.writeString(directory.resolve("other.yaml"), POOL.formatted("a-new", "192.0.2.0/24"));
    controllerSeesChanges();

    assertThat(ingress("web")).containsExactly("192.0.2.10");
    assertThat(condition(IPAddressPool.KIND.key("metallb-system", "p")))
        .containsEntry("status", "True");
    assertThat(condition(IPAddressPool.KIND.key("metallb-system", "a-new")))
        .extractingByKey("message")
        .asString()
        .contains("other.yaml:4:", "overlaps with already defined CIDR", "pool p (pool.yaml:1");
  }

  @Test
  void of_two_pools_of_one_name_the_one_that_was_there_stays_and_the_other_is_named()
      throws Exception {
    reconcile();
    Files.writeString(
        directory.resolve("other.yaml"),
        POOL.formatted("p", "198.51.100.0/24").replace("metallb-system", "elsewhere"));
    controllerSeesChanges();

    assertThat(ingress("web")).containsExactly("192.0.2.10");
    assertThat(condition(IPAddressPool.KIND.key("elsewhere", "p")))
        .containsEntry("status", "False")
        .extractingByKey("message")
        .asString()
        .contains("another pool of this name in namespace metallb-system (pool.yaml:1");
  }

  @Test
  void a_pool_that_was_broken_when_another_came_is_still_the_older_one() throws Exception {
    reconcile();
    Files.writeString(directory.resolve("pool.yaml"), POOL.formatted("p", "192.0.2.12-192.0.2.10"));
    controllerSeesChanges();
    Files.writeString(directory.resolve("pool.yaml"), POOL.formatted("p", "192.0.2.0/24"));
    Files.writeString(directory.resolve("other.yaml"), POOL.formatted("a-new", "192.0.2.0/24"));
    controllerSeesChanges();

    assertThat(condition(IPAddressPool.KIND.key("metallb-system", "p")))
        .containsEntry("status", "True");
    assertThat(condition(IPAddressPool.KIND.key("metallb-system", "a-new")))
        .containsEntry("status", "False");
  }

  @Test
  void a_directory_that_disappears_changes_nothing_and_is_not_made_anew() throws Exception {
    reconcile();
    Path away = directory.resolveSibling(directory.getFileName() + "-away");
    Snapshot seen = home.list();
    Files.move(directory, away);
    controller.reconcile(new Snapshot(seen.version() + 1, seen.objects(), seen.problems(), false));

    assertThat(directory).doesNotExist();
    assertThat(controller.health()).anyMatch(check -> check.toString().contains("cannot be read"));
    Files.move(away, directory);
    controllerSeesChanges();
    assertThat(ingress("web")).containsExactly("192.0.2.10");
  }

  @Test
  void a_service_that_is_no_LoadBalancer_any_more_loses_its_address() throws Exception {
    reconcile();
    Files.writeString(
        directory.resolve("web.yaml"),
        SERVICE.formatted("web", "").replace("LoadBalancer", "ClusterIP"));
    restart();
    reconcile();

    assertThat(ingress("web")).isEmpty();
  }

  /** The directory is read anew by another home; the controller keeps what it remembers. */
  private void controllerSeesChanges() throws Exception {
    try (DirectoryStore again =
        DirectoryStore.open(
            directory,
            LoadBalancerKinds.SCHEME,
            Thread.ofVirtual().factory(),
            Duration.ofMinutes(10))) {
      controller.reconcile(again.list());
    }
  }

  private void reconcile() {
    controller.reconcile(home.list());
  }

  private List<String> ingress(String name) {
    return home.list().all(Service.class).stream()
        .filter(service -> service.metadata().name().equals(name))
        .findFirst()
        .orElseThrow()
        .status()
        .ingress();
  }

  private Map<String, Object> status(String kind, String namespace, String name) throws Exception {
    return home.status(
            LoadBalancerKinds.SCHEME.kinds().stream()
                .filter(each -> each.name().equals(kind))
                .findFirst()
                .orElseThrow()
                .key(namespace, name))
        .orElseThrow();
  }

  private Map<String, Object> condition(ObjectKey key) throws Exception {
    if (home.status(key).orElseThrow().get("conditions") instanceof List<?> conditions
        && conditions.getFirst() instanceof Map<?, ?> first) {
      Map<String, Object> condition = new TreeMap<>();
      first.forEach((name, value) -> condition.put(String.valueOf(name), value));
      return condition;
    }
    throw new AssertionError(key + " has no condition");
  }
}
