package dev.ballast.cli.up;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What a newcomer sees, judged by curl, arping, {@code ip neigh} and the process table. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class UpIT {
  private static final Duration STATE_LIMIT = Duration.ofSeconds(60);

  private static final String ID = "up" + ProcessHandle.current().pid() % 100_000;
  private static final String READY = "running until Ctrl-C";

  @BeforeEach
  void rights() {
    UpRun.require("ip", "curl", "arping", "kill");
  }

  @AfterEach
  void nothing_is_left() throws Exception {
    assertThat(UpRun.networks()).isEmpty();
  }

  private static String inside(String host, String... words) throws Exception {
    String[] all = {"ip", "netns", "exec", "blt-" + ID + "-" + host};
    String[] command = Arrays.copyOf(all, all.length + words.length);
    System.arraycopy(words, 0, command, all.length, words.length);
    return UpRun.run(command);
  }

  private static String fetch(String address) throws Exception {
    return inside("client", "curl", "-sS", "--max-time", "3", "http://" + address + "/");
  }

  /** The Ethernet addresses in the output of either program that is called arping. */
  private static Set<String> stations(String arping) {
    return Pattern.compile("(?i)from.*?((?:[0-9a-f]{2}:){5}[0-9a-f]{2})")
        .matcher(arping)
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toSet());
  }

  @Test
  void a_kill_at_any_moment_leaves_nothing_that_the_next_run_does_not_clean() throws Exception {
    for (int line : new int[] {1, 5, 12}) {
      try (UpRun up = UpRun.start("--id=" + ID)) {
        up.await(line, _ -> true);
        up.kill();
      }
    }

    try (UpRun up = UpRun.start("--once", "--tasks", "--id=" + ID)) {
      assertThat(up.end()).as(() -> String.join("\n", up.lines())).isZero();
      assertThat(up.lines())
          .anyMatch(line -> line.contains("removed what a killed run left: network namespace"))
          .anyMatch(line -> line.matches(".*suspended task \\d+ \\(client\\) in .* ms after .*"))
          .anyMatch(line -> line.contains("at dev.ballast.cli.up.Fetching.run"))
          .anyMatch(line -> line.matches(".*task \\d+ runs again, \\d+ requests so far"))
          .anyMatch(line -> line.matches("killed \\(kill -9\\) .* ms .* ms"))
          .anyMatch(line -> line.contains("14 valid, the first expires in 364 days"));
      assertThat(up.lines().getLast()).startsWith("up: ok: 3 failovers");
    }
  }

  @Test
  void the_story_fits_on_a_screen() throws Exception {
    try (UpRun up = UpRun.start("--once", "--id=" + ID)) {
      assertThat(up.end()).as(() -> String.join("\n", up.lines())).isZero();
      assertThat(up.lines()).hasSizeLessThanOrEqualTo(40);
      assertThat(up.lines()).allMatch(line -> line.length() <= 80);
    }
  }

  @Test
  void real_packets_move_and_bad_input_changes_nothing_else() throws Exception {
    try (UpRun up = UpRun.start("--id=" + ID)) {
      up.await(READY);
      String tried = up.await(0, line -> line.matches(".* http://10\\.77\\.0\\.2\\d\\d/$")).strip();
      String address = tried.substring(tried.indexOf("http://") + 7, tried.lastIndexOf('/'));
      assertThat(UpRun.run(tried.split(" "))).contains("api on n");
      assertThat(fetch(address)).startsWith("api on n");
      assertThat(stations(inside("client", "arping", "-c", "2", "-I", "eth0", address)))
          .as("one station answers")
          .hasSize(1);
      String mac =
          inside("client", "ip", "neigh", "show", address).replaceAll(".*lladdr (\\S+).*", "$1");
      String owner = fetch(address).replace("api on ", "");
      assertThat(inside(owner, "cat", "/sys/class/net/eth0/address")).isEqualTo(mac);
      assertThat(inside("n1", "curl", "-sS", "http://10.77.0.11:7472/readyz")).isEqualTo("ok");
      String asked = up.await("/metrics").strip();
      assertThat(UpRun.run(asked.split(" ")))
          .contains("metallb_allocator_addresses_in_use_total{pool=\"rack\"} 2.0");
      assertThat(
              inside(owner, "curl", "-sS", "http://10.77.0.1" + owner.charAt(1) + ":7472/metrics"))
          .containsPattern("metallb_speaker_announced\\{.*ip=\"" + address + "\"");

      Path objects =
          Path.of(up.await("edit the objects in ").replaceAll(".*edit the objects in ", ""));
      String socket = objects.resolveSibling("admin.sock").toString();
      its_tasks_can_be_listed_stopped_and_resumed(socket);
      its_tasks_are_found_without_naming_it(socket);
      a_broken_range(up, objects.resolve("pool.yaml"));
      assertThat(fetch(address)).startsWith("api on n");
      overlapping_pools(up, objects.resolve("overlap.yaml"));
      a_service_outside_every_pool(up, objects);
      unreadable_yaml(up, objects.resolve("services.yaml"));
      an_endpoint_that_is_no_address(up, objects.resolve("nonsense.yaml"));
      assertThat(fetch(address)).startsWith("api on n");
      a_directory_that_disappears(up, objects, address);

      assertThat(up.lines()).noneMatch(line -> line.contains("can not"));
      up.interrupt();
      assertThat(up.end()).isEqualTo(130);
      assertThat(up.lines().getLast()).contains("everything is taken down");
    }
  }

  private static void its_tasks_can_be_listed_stopped_and_resumed(String socket) throws Exception {
    List<String> list = tasks(socket, "list");
    assertThat(list.getFirst()).startsWith("    ID  STATE").contains("OS THREAD", "WAITS FOR");
    assertThat(list).anyMatch(line -> line.matches(".*ballast-carrier-\\d+ \\(tid \\d+\\).*"));
    assertThat(list.getLast()).startsWith("SCHED ").contains("runqueue=");
    String id = taskNamed(list, "objects-watch");
    assertThat(tasks(socket, "stack", id))
        .anyMatch(line -> line.contains("at dev.ballast.objects.DirectoryStore.watchDirectory"))
        .anyMatch(line -> line.contains("holds dev.ballast.objects.DirectoryStore@"))
        .anyMatch(line -> line.startsWith("created by "))
        .anyMatch(line -> line.contains("at dev.ballast.objects.DirectoryStore.open("));
    awaitDump(socket, "task " + id + " \"objects-watch\" [waiting, ");
    assertThat(String.join("", tasks(socket, "snapshot")))
        .startsWith("{\"threadDump\":{\"processId\":")
        .contains("\"references\":[\"");

    try (UpRun client = UpRun.ballast(List.of("tasks", "suspend", id, "--socket", socket))) {
      client.await("it goes on when this client ends");
      assertThat(state(socket, id)).isEqualTo("SUSPENDED");
      client.kill();
    }
    awaitState(socket, id, "WAITING");
    try (UpRun client = UpRun.ballast(List.of("tasks", "suspend", id, "--socket", socket))) {
      client.await("it goes on when this client ends");
      assertThat(tasks(socket, "resume", id))
          .containsExactly("task " + id + ": one suspension ended, 0 are left");
      assertThat(state(socket, id)).isNotEqualTo("SUSPENDED");
    }
  }

  /** Another lab may run on this machine: then it lists both. */
  private static void its_tasks_are_found_without_naming_it(String socket) throws Exception {
    try (UpRun client = UpRun.ballast(List.of("tasks", "list"))) {
      if (client.end() == 0) {
        assertThat(client.lines().getLast()).startsWith("SCHED ");
      } else {
        assertThat(client.lines()).contains("  --socket " + socket);
      }
    }
  }

  private static List<String> tasks(String socket, String... words) throws Exception {
    List<String> all = new ArrayList<>(List.of("tasks"));
    all.addAll(List.of(words));
    all.addAll(List.of("--socket", socket));
    try (UpRun client = UpRun.ballast(all)) {
      assertThat(client.end()).as(() -> String.join("\n", client.lines())).isZero();
      return client.lines();
    }
  }

  private static String taskNamed(List<String> list, String name) {
    return list.stream()
        .filter(line -> line.endsWith(" " + name))
        .map(line -> line.strip().split(" ")[0])
        .findFirst()
        .orElseThrow();
  }

  private static String state(String socket, String id) throws Exception {
    return tasks(socket, "list").stream()
        .map(line -> line.strip().split(" +"))
        .filter(words -> words[0].equals(id))
        .map(words -> words[1])
        .findFirst()
        .orElseThrow();
  }

  /** It may be long in the kernel, for what it writes is written to the disk. */
  private static void awaitState(String socket, String id, String wanted) throws Exception {
    long deadline = System.nanoTime() + STATE_LIMIT.toNanos();
    while (!state(socket, id).equals(wanted)) {
      assertThat(System.nanoTime())
          .as("%s within %s: %s", wanted, STATE_LIMIT, tasks(socket, "stack", id))
          .isLessThan(deadline);
    }
  }

  /** The task looks by itself every second: a dump of that moment says that it is runnable. */
  private static void awaitDump(String socket, String start) throws Exception {
    long deadline = System.nanoTime() + STATE_LIMIT.toNanos();
    List<String> dump = tasks(socket, "dump");
    while (dump.stream().noneMatch(line -> line.startsWith(start))) {
      assertThat(System.nanoTime())
          .as("%s within %s: %s", start, STATE_LIMIT, dump)
          .isLessThan(deadline);
      dump = tasks(socket, "dump");
    }
  }

  private static void a_broken_range(UpRun up, Path pool) throws Exception {
    int seen = up.count();
    String good = Files.readString(pool);
    Files.writeString(pool, good.replace("10.77.0.200-10.77.0.219", "10.77.0.219-10.77.0.200"));
    up.await(
        seen,
        line ->
            line.contains("pool.yaml:8:")
                && line.contains("spec.addresses[0]: invalid IP range")
                && line.contains("write a CIDR"));
    Files.writeString(pool, good);
    up.await(seen, line -> line.contains("all pools and advertisements are valid again"));
    // The same mistake again is told again.
    int mended = up.count();
    Files.writeString(pool, good.replace("10.77.0.200-10.77.0.219", "10.77.0.219-10.77.0.200"));
    up.await(mended, line -> line.contains("pool.yaml:8:") && line.contains("invalid IP range"));
    Files.writeString(pool, good);
    up.await(mended, line -> line.contains("all pools and advertisements are valid again"));
  }

  private static void overlapping_pools(UpRun up, Path file) throws Exception {
    int seen = up.count();
    Files.writeString(
        file,
        """
        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata: {name: other, namespace: metallb-system}
        spec:
          addresses: ["10.77.0.210/31"]
        """);
    up.await(
        seen,
        line ->
            line.contains("overlap.yaml:5:")
                && line.contains("overlaps with already defined CIDR")
                && line.contains("pool rack (pool.yaml:"));
    Files.delete(file);
  }

  private static void a_service_outside_every_pool(UpRun up, Path objects) throws Exception {
    int seen = up.count();
    Files.writeString(
        objects.resolve("outside.yaml"),
        """
        apiVersion: v1
        kind: Service
        metadata: {name: outside, namespace: default}
        spec: {type: LoadBalancer, loadBalancerIP: 192.0.2.9, clusterIP: 10.96.0.9, ports: [{port: 80}]}
        """);
    up.await(seen, line -> line.contains("Service default/outside AllocationFailed"));
    assertThat(objects.resolve(".status/Service.default.outside.yaml"))
        .content()
        .contains("AllocationFailed", "192.0.2.9", "is not allowed in config");
    Files.delete(objects.resolve("outside.yaml"));
  }

  private static void an_endpoint_that_is_no_address(UpRun up, Path file) throws Exception {
    int seen = up.count();
    Files.writeString(
        file,
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: nonsense, namespace: default, labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        endpoints: [{addresses: [nonsense]}]
        ports: [{port: 8080}]
        """);
    up.await(
        seen,
        line ->
            line.contains("nonsense.yaml:5:")
                && line.contains("endpoints[0].addresses[0]: 'nonsense' is no address"));
    Files.delete(file);
  }

  private static void unreadable_yaml(UpRun up, Path services) throws Exception {
    int seen = up.count();
    String good = Files.readString(services);
    Files.writeString(services, "apiVersion: v1\nkind: [Serv");
    up.await(
        seen,
        line -> line.contains("services.yaml:2:") && line.contains("what it held before stays"));
    Files.writeString(services, good);
    up.await(seen, line -> line.contains("mended: services.yaml:2:"));
  }

  private static void a_directory_that_disappears(UpRun up, Path objects, String address)
      throws Exception {
    int seen = up.count();
    Path away = objects.resolveSibling("away");
    Files.move(objects, away);
    up.await(seen, line -> line.contains("what it held stays in force"));
    assertThat(fetch(address)).startsWith("api on n");
    assertThat(inside("client", "curl", "-sS", "http://10.77.0.1:9120/readyz"))
        .contains("[-]lb-controller/objects-read failed: " + objects, "bring it back");
    assertThat(inside("client", "curl", "-sS", "http://10.77.0.1:9120/healthz")).isEqualTo("ok");
    Files.move(away, objects);
    up.await(seen, line -> line.contains("the directory can be read again"));
    assertThat(fetch(address)).startsWith("api on n");
  }
}
