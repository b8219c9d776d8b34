package dev.ballast.objects;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectoryStoreTest {
  private static final ObjectKey WEB = new ObjectKey("Service", "default", "web");

  @TempDir private Path parent;
  private final BlockingQueue<Snapshot> seen = new LinkedBlockingQueue<>();

  private Path directory() throws IOException {
    return Files.createDirectories(parent.resolve("objects"));
  }

  private DirectoryStore open() throws IOException {
    return DirectoryStore.open(
        directory(),
        Scheme.of(Service.KIND, EndpointSlice.KIND, Node.KIND, Namespace.KIND),
        Thread.ofVirtual().factory(),
        Duration.ofMillis(200));
  }

  private Snapshot await(Predicate<Snapshot> wanted) throws InterruptedException {
    while (true) {
      Snapshot next = seen.poll(20, TimeUnit.SECONDS);
      assertThat(next).as("a snapshot within the bound").isNotNull();
      if (wanted.test(next)) {
        return next;
      }
    }
  }

  private static String service(String name) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: %s}
    spec:
      type: LoadBalancer
      ports: [{port: 80}]
    """
        .formatted(name);
  }

  @Test
  void an_edit_is_picked_up_live() throws Exception {
    Files.writeString(directory().resolve("web.yaml"), service("web"));
    try (DirectoryStore home = open();
        var watch = home.watch(seen::add)) {
      await(snapshot -> snapshot.find(WEB).isPresent());

      Path next = directory().resolve("other.yaml~");
      Files.writeString(next, service("other"));
      Files.move(next, directory().resolve("other.yaml"), StandardCopyOption.ATOMIC_MOVE);

      await(snapshot -> snapshot.all(Service.class).size() == 2);
      Files.delete(directory().resolve("web.yaml"));
      await(snapshot -> snapshot.find(WEB).isEmpty());
    }
  }

  @Test
  void statuses_and_events_that_somebody_has_spoilt_stop_nothing() throws Exception {
    Files.writeString(directory().resolve("web.yaml"), service("web"));
    try (DirectoryStore home = open();
        var watch = home.watch(seen::add)) {
      home.updateStatus(WEB, Map.of());
      home.record(event("first"));
      List<String> spoils = List.of("null", "", "[", "- null\n- {type: none}\n", "a: b");
      for (String spoilt : spoils) {
        Files.writeString(directory().resolve(".status/Service.default.web.yaml"), spoilt);
        Files.writeString(directory().resolve(".events/test.yaml"), spoilt);
        // Each another name: a file that says what it said before is no news.
        String name = "s" + spoils.indexOf(spoilt);

        Files.writeString(directory().resolve("next.yaml"), service(name));
        ObjectKey next = new ObjectKey("Service", "default", name);
        await(snapshot -> snapshot.find(next).isPresent() && snapshot.find(WEB).isPresent());
        home.record(event("after " + spoilt));

        assertThat(home.events()).extracting(Event::message).containsExactly("after " + spoilt);
      }
    }
  }

  private static Event event(String message) {
    return Event.of(Event.Type.NORMAL, WEB, "Tested", message, "test", Instant.EPOCH);
  }

  @Test
  void a_file_that_becomes_unreadable_keeps_what_it_held() throws Exception {
    Path file = directory().resolve("web.yaml");
    Files.writeString(file, service("web"));
    try (DirectoryStore home = open();
        var watch = home.watch(seen::add)) {
      Files.writeString(file, "apiVersion: v1\nkind: [Serv");

      Snapshot broken =
          await(snapshot ->
              snapshot.problems().stream().anyMatch(p -> p.toString().startsWith("web.yaml:2")));

      assertThat(broken.find(WEB)).isPresent();
      assertThat(broken.problems())
          .singleElement()
          .asString()
          .startsWith("web.yaml:2")
          .contains("what it held before stays in force");
      Files.writeString(file, service("web"));
      await(snapshot -> snapshot.problems().isEmpty());
    }
  }

  @Test
  void a_file_that_is_emptied_keeps_what_it_held_and_one_that_is_deleted_does_not()
      throws Exception {
    Path file = directory().resolve("web.yaml");
    Files.writeString(file, service("web"));
    try (DirectoryStore home = open();
        var watch = home.watch(seen::add)) {
      Files.writeString(file, "");

      Snapshot empty = await(snapshot -> !snapshot.problems().isEmpty());

      assertThat(empty.find(WEB)).isPresent();
      assertThat(empty.problems())
          .singleElement()
          .asString()
          .contains("web.yaml", "the file is empty", "delete the file to remove its objects");
      Files.delete(file);
      await(snapshot -> snapshot.find(WEB).isEmpty() && snapshot.problems().isEmpty());
    }
  }

  @Test
  void a_directory_that_disappears_keeps_everything_and_comes_back() throws Exception {
    Files.writeString(directory().resolve("web.yaml"), service("web"));
    try (DirectoryStore home = open();
        var watch = home.watch(seen::add)) {
      Files.move(parent.resolve("objects"), parent.resolve("away"));

      Snapshot gone = await(snapshot -> !snapshot.reachable());

      assertThat(gone.find(WEB)).isPresent();
      assertThat(gone.problems()).singleElement().asString().contains("it does not exist");
      Files.writeString(parent.resolve("away/more.yaml"), service("more"));
      Files.move(parent.resolve("away"), parent.resolve("objects"));
      Snapshot back = await(snapshot -> snapshot.reachable());
      assertThat(back.all(Service.class)).hasSize(2);
    }
  }

  @Test
  void a_directory_that_disappears_keeps_what_was_given_and_is_not_made_anew() throws Exception {
    Files.writeString(directory().resolve("web.yaml"), service("web"));
    try (DirectoryStore home = open();
        var watch = home.watch(seen::add)) {
      Map<String, Object> given =
          Map.of("loadBalancer", Map.of("ingress", List.of(Map.of("ip", "192.0.2.1"))));
      home.updateStatus(WEB, given);
      await(snapshot -> !ingress(snapshot).isEmpty());
      Files.move(parent.resolve("objects"), parent.resolve("away"));

      Snapshot gone = await(snapshot -> !snapshot.reachable());

      assertThat(ingress(gone)).containsExactly("192.0.2.1");
      assertThat(home.updateStatus(WEB, Map.of())).isInstanceOf(WriteResult.Unreachable.class);
      assertThat(parent.resolve("objects")).doesNotExist();
      Files.move(parent.resolve("away"), parent.resolve("objects"));
      assertThat(ingress(await(snapshot -> snapshot.reachable()))).containsExactly("192.0.2.1");
    }
  }

  @Test
  void a_directory_that_is_moved_while_it_is_read_loses_nothing() throws Exception {
    for (int i = 0; i < 20; i++) {
      Files.writeString(directory().resolve("s" + i + ".yaml"), service("s" + i));
    }
    Files.writeString(directory().resolve("web.yaml"), service("web"));
    List<String> wrong = new CopyOnWriteArrayList<>();
    try (DirectoryStore home = open()) {
      home.updateStatus(
          WEB, Map.of("loadBalancer", Map.of("ingress", List.of(Map.of("ip", "192.0.2.1")))));
      try (var watch =
          home.watch(snapshot -> {
            List<Service> services = snapshot.all(Service.class);
            if (services.size() != 21
                || services.stream().noneMatch(one -> !one.status().ingress().isEmpty())) {
              wrong.add(snapshot.version() + ": " + services.size() + " services");
            }
          })) {
        for (int i = 0; i < 500; i++) {
          Path file = directory().resolve("s" + i % 20 + ".yaml");
          Files.writeString(file, "# " + i + "\n" + service("s" + i % 20));
          Files.move(parent.resolve("objects"), parent.resolve("away"));
          Files.move(parent.resolve("away"), parent.resolve("objects"));
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static List<String> ingress(Snapshot snapshot) {
    return snapshot.all(Service.class).getFirst().status().ingress();
  }

  @Test
  void status_is_kept_beside_and_seen_by_another_process() throws Exception {
    Path file = directory().resolve("web.yaml");
    Files.writeString(file, service("web"));
    try (DirectoryStore controller = open();
        DirectoryStore speaker = open();
        var watch = speaker.watch(seen::add)) {
      Map<String, Object> status =
          Map.of("loadBalancer", Map.of("ingress", List.of(Map.of("ip", "192.168.10.7"))));

      controller.updateStatus(WEB, status);

      await(snapshot ->
          snapshot
              .find(WEB)
              .map(found -> ((Service) found.object()).status().ingress())
              .orElse(List.of())
              .equals(List.of("192.168.10.7")));
      assertThat(controller.status(WEB)).contains(status);
      assertThat(Files.readString(file)).isEqualTo(service("web"));
      long version = controller.list().version();
      controller.updateStatus(WEB, status);
      assertThat(controller.list().version()).isEqualTo(version);
    }
  }

  @Test
  void what_another_process_writes_takes_away_or_spoils_is_seen_beside_many_others()
      throws Exception {
    StringBuilder manifests = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      manifests.append(service("web" + i)).append("---\n");
    }
    Files.writeString(directory().resolve("services.yaml"), manifests);
    ObjectKey third = new ObjectKey("Service", "default", "web3");
    try (DirectoryStore one = open();
        DirectoryStore other = open();
        var _ = other.watch(seen::add)) {
      for (int i = 0; i < 50; i++) {
        one.updateStatus(new ObjectKey("Service", "default", "web" + i), addresses("192.0.2." + i));
      }
      assertThat(one.list().all(Service.class))
          .allSatisfy(s ->
              assertThat(s.status().ingress())
                  .containsExactly("192.0.2." + s.metadata().name().substring(3)));
      Snapshot all =
          await(snapshot ->
              snapshot.all(Service.class).stream().noneMatch(s -> s.status().ingress().isEmpty()));
      one.updateStatus(third, addresses("192.0.2.99"));
      Snapshot moved = await(snapshot -> ingress(snapshot, third).equals(List.of("192.0.2.99")));
      assertThat(moved.changesSince(all).changed())
          .extracting(stored -> stored.object().key())
          .containsExactly(third);
      one.removeStatus(third);
      assertThat(ingress(one.list(), third)).isEmpty();
      await(snapshot -> ingress(snapshot, third).isEmpty());
      Files.writeString(
          directory().resolve(".status").resolve("Service.default.web4.yaml"), "{broken");
      await(snapshot -> ingress(snapshot, new ObjectKey("Service", "default", "web4")).isEmpty());
    }
  }

  private static Map<String, Object> addresses(String address) {
    return Map.of("loadBalancer", Map.of("ingress", List.of(Map.of("ip", address))));
  }

  private static List<String> ingress(Snapshot snapshot, ObjectKey key) {
    return ((Service) snapshot.find(key).orElseThrow().object()).status().ingress();
  }

  @Test
  void two_objects_of_one_name_name_both_places() throws Exception {
    Files.writeString(directory().resolve("a.yaml"), service("web"));
    Files.writeString(directory().resolve("b.yaml"), "---\n---\n" + service("web"));
    try (DirectoryStore home = open()) {
      assertThat(home.list().problems())
          .singleElement()
          .asString()
          .isEqualTo(
              "b.yaml:3:1: metadata.name: Service default/web is written in a.yaml:1:1 already;"
                  + " the one in a.yaml:1:1 counts; remove one");
    }
  }

  @Test
  void bytes_that_are_no_text_are_named_and_harm_nothing() throws Exception {
    Files.write(directory().resolve("a.yaml"), new byte[] {(byte) 0xff, 0, 7, (byte) 0x80});
    Files.writeString(directory().resolve("web.yaml"), service("web"));
    try (DirectoryStore home = open()) {
      assertThat(home.list().find(WEB)).isPresent();
      assertThat(home.list().problems())
          .singleElement()
          .asString()
          .startsWith("a.yaml: the file is not UTF-8 text");
    }
  }

  @Test
  void a_kind_that_is_not_used_is_said_once() throws Exception {
    Files.writeString(
        directory().resolve("a.yaml"),
        "apiVersion: apps/v1\nkind: Deployment\n---\napiVersion: apps/v1\nkind: Deployment\n");
    try (DirectoryStore home = open()) {
      assertThat(home.list().problems())
          .singleElement()
          .asString()
          .contains("kind Deployment is not used here; it is ignored");
    }
  }

  @Test
  void equal_events_are_counted() throws Exception {
    Instant now = Instant.parse("2026-11-23T10:00:00Z");
    try (DirectoryStore home = open()) {
      for (int i = 0; i < 3; i++) {
        home.record(
            Event.of(
                Event.Type.NORMAL,
                WEB,
                "IPAllocated",
                "Assigned IP [\"192.168.10.7\"]",
                "metallb-controller",
                now.plusSeconds(i)));
      }
    }
    try (DirectoryStore home = open()) {
      assertThat(home.events())
          .singleElement()
          .satisfies(event -> {
            assertThat(event.count()).isEqualTo(3);
            assertThat(event.first()).isEqualTo(now);
            assertThat(event.last()).isEqualTo(now.plusSeconds(2));
          });
    }
  }
}
