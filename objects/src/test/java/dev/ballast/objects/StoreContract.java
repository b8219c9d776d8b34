package dev.ballast.objects;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.testkit.Eventually;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What every store does alike; each store has a test that inherits these. */
@DisplayNameGeneration(ReplaceUnderscores.class)
public abstract class StoreContract {
  protected static final ThreadFactory TASKS = Thread.ofVirtual().factory();

  protected static final Scheme SCHEME =
      Scheme.of(Service.KIND, Namespace.KIND)
          .using(ConfigMap.KIND, Secret.KIND, Lease.KIND, ServiceAccount.KIND);

  /** Other tests use the same API server. */
  private final String name = "t" + UUID.randomUUID().toString().substring(0, 8);

  private ObjectStore store;

  /** Opens a store; a second one sees what the first one wrote, where they can share. */
  protected abstract ObjectStore open() throws Exception;

  /** Returns whether what an object owned is deleted with it; an API leaves that to others. */
  protected boolean collectsGarbage() {
    return true;
  }

  @BeforeEach
  void open_it() throws Exception {
    store = open();
  }

  @AfterEach
  void close_it() {
    store.close();
  }

  private Manifest service(int port) {
    return Manifest.of(Service.KIND, "default", name)
        .with("spec", Map.of("type", "LoadBalancer", "ports", List.of(Map.of("port", port))));
  }

  private Manifest config(Map<String, String> data) {
    return ConfigMap.manifest("default", name, data);
  }

  private ObjectKey serviceKey() {
    return Service.KIND.key("default", name);
  }

  private static Map<String, Object> addresses(String... addresses) {
    List<Map<String, Object>> ingress = new ArrayList<>();
    for (String address : addresses) {
      ingress.add(Map.of("ip", address));
    }
    return Map.of("loadBalancer", Map.of("ingress", ingress));
  }

  private void write(Map<String, Object> status) {
    WriteResult result = store.updateStatus(serviceKey(), status);
    assertThat(result.why()).isEmpty();
  }

  private Service seen() {
    return (Service) store.list().find(serviceKey()).orElseThrow().object();
  }

  @Test
  void what_is_created_is_stored_with_an_identity_and_a_version() throws Exception {
    Manifest created = store.create(config(Map.of("a", "1"))).orThrow();

    assertThat(created.uid()).isNotEmpty();
    assertThat(created.resourceVersion()).isNotEmpty();
    assertThat(store.get(created.key()).orElseThrow().fields("data")).isEqualTo(Map.of("a", "1"));
    assertThat(store.all(ConfigMap.KIND)).extracting(Manifest::key).contains(created.key());
    assertThat(store.create(config(Map.of()))).isInstanceOf(WriteResult.Conflict.class);
  }

  @Test
  void what_is_not_there_is_gone() throws Exception {
    ObjectKey key = ConfigMap.KIND.key("default", name);

    assertThat(store.get(key)).isEmpty();
    assertThat(store.delete(key)).isInstanceOf(WriteResult.Gone.class);
    assertThat(store.update(config(Map.of()))).isInstanceOf(WriteResult.Gone.class);
    assertThat(store.updateStatus(serviceKey(), addresses("192.0.2.1")))
        .isInstanceOf(WriteResult.Gone.class);
  }

  @Test
  void what_is_wrong_is_refused() {
    WriteResult result = store.create(service(99_999));

    assertThat(result).isInstanceOf(WriteResult.Refused.class);
    assertThat(result.why()).contains("port");
  }

  @Test
  void an_update_of_an_old_version_is_a_conflict_and_changes_nothing() throws Exception {
    Manifest first = store.create(config(Map.of("a", "1"))).orThrow();
    Manifest second = store.update(first.with("data", Map.of("a", "2"))).orThrow();

    assertThat(second.resourceVersion()).isNotEqualTo(first.resourceVersion());
    assertThat(store.update(first.with("data", Map.of("a", "3"))))
        .isInstanceOf(WriteResult.Conflict.class);
    assertThat(store.get(first.key()).orElseThrow().fields("data")).isEqualTo(Map.of("a", "2"));
    assertThat(store.update(config(Map.of("a", "4"))).isWritten()).isTrue();
  }

  @Test
  void a_delete_of_an_old_version_is_a_conflict() {
    Manifest first = store.create(config(Map.of("a", "1"))).orThrow();
    Manifest second = store.update(first.with("data", Map.of("a", "2"))).orThrow();

    assertThat(store.delete(first)).isInstanceOf(WriteResult.Conflict.class);
    assertThat(store.delete(second).isWritten()).isTrue();
    assertThat(store.delete(second.key())).isInstanceOf(WriteResult.Gone.class);
  }

  @Test
  void owners_apply_their_fields_and_take_them_back() throws Exception {
    Manifest one = config(Map.of("one", "1"));
    assertThat(store.apply("first", one, false).isWritten()).isTrue();
    assertThat(store.apply("second", config(Map.of("two", "2")), false).isWritten()).isTrue();
    assertThat(data()).isEqualTo(Map.of("one", "1", "two", "2"));

    WriteResult taken = store.apply("second", config(Map.of("one", "x", "two", "2")), false);
    assertThat(taken).isInstanceOf(WriteResult.Conflict.class);
    assertThat(taken.why()).contains("one");

    assertThat(store.apply("second", config(Map.of("one", "x")), true).isWritten()).isTrue();
    assertThat(data()).isEqualTo(Map.of("one", "x"));
    assertThat(store.apply("first", config(Map.of("three", "3")), false).isWritten()).isTrue();
    assertThat(data()).isEqualTo(Map.of("one", "x", "three", "3"));
  }

  private Map<String, Object> data() throws Exception {
    return store.get(ConfigMap.KIND.key("default", name)).orElseThrow().fields("data");
  }

  @Test
  void applying_the_same_again_changes_nothing() {
    Manifest fields = config(Map.of("a", "1"));
    Manifest first = store.apply("first", fields, false).orThrow();

    assertThat(store.apply("first", fields, false).orThrow().resourceVersion())
        .isEqualTo(first.resourceVersion());
  }

  @Test
  void a_watch_sees_what_is_created_changed_and_deleted() throws Exception {
    BlockingQueue<Snapshot> snapshots = new LinkedBlockingQueue<>();
    try (var _ = store.watch(snapshots::add)) {
      Manifest created = store.create(service(80)).orThrow();
      Snapshot there = await(snapshots, each -> each.find(serviceKey()).isPresent());
      assertThat(there.reachable()).isTrue();

      assertThat(store.updateStatus(serviceKey(), addresses("192.0.2.1")).isWritten()).isTrue();
      Snapshot given =
          await(
              snapshots,
              each ->
                  each.find(serviceKey()).isPresent()
                      && each.changesSince(there).changed().stream()
                          .anyMatch(stored ->
                              stored.object() instanceof Service service
                                  && service.key().equals(serviceKey())
                                  && service.status().ingress().contains("192.0.2.1")));

      assertThat(store.delete(created.key()).isWritten()).isTrue();
      Snapshot gone = await(snapshots, each -> each.find(serviceKey()).isEmpty());
      assertThat(gone.changesSince(given).removed())
          .extracting(stored -> stored.object().key())
          .contains(serviceKey());
    }
  }

  private interface Wanted {
    boolean test(Snapshot snapshot);
  }

  private static Snapshot await(BlockingQueue<Snapshot> snapshots, Wanted wanted)
      throws InterruptedException {
    while (true) {
      Snapshot next = snapshots.poll(30, TimeUnit.SECONDS);
      assertThat(next).as("a snapshot within the bound").isNotNull();
      if (wanted.test(next)) {
        return next;
      }
    }
  }

  @Test
  void kinds_that_are_only_used_are_not_in_snapshots() throws Exception {
    store.create(config(Map.of("a", "1"))).orThrow();
    store.create(service(80)).orThrow();

    Eventually.holds(
        "the service is seen", Eventually.SOON, () -> store.list().find(serviceKey()).isPresent());
    assertThat(store.list().all(ConfigMap.class)).isEmpty();
  }

  @Test
  void a_status_is_a_patch_of_the_fields_that_are_named() throws Exception {
    store.create(service(80)).orThrow();
    write(addresses("192.0.2.1", "2001:db8::1"));
    write(Map.of("conditions", List.of(Conditions.condition("A", true, "Given", "first"))));

    Eventually.holds("both are seen", Eventually.SOON, () -> seen().status().ingress().size() == 2);
    assertThat(store.status(serviceKey()).orElseThrow()).containsKeys("loadBalancer", "conditions");
    write(addresses());
    Eventually.holds("none is seen", Eventually.SOON, () -> seen().status().ingress().isEmpty());
    assertThat(conditions()).containsOnlyKeys("A");
  }

  @Test
  void conditions_of_others_stay_and_ours_keep_their_time() throws Exception {
    store.create(service(80)).orThrow();
    Map<String, Object> theirs = Conditions.condition("Theirs", true, "Seen", "");
    Map<String, Object> earlier = new LinkedHashMap<>(theirs);
    earlier.put("lastTransitionTime", "2026-01-01T00:00:00Z");
    write(Map.of("conditions", List.of(earlier)));

    condition("Ours", true, "one");
    Map<String, Map<?, ?>> first = conditions();
    condition("Ours", true, "two");
    Map<String, Map<?, ?>> second = conditions();

    assertThat(first.get("Theirs").get("lastTransitionTime")).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(second.get("Theirs")).isEqualTo(first.get("Theirs"));
    assertThat(second.get("Ours").get("message")).isEqualTo("two");
    assertThat(second.get("Ours").get("lastTransitionTime"))
        .isEqualTo(first.get("Ours").get("lastTransitionTime"));
    earlier.put("status", "False");
    write(Map.of("conditions", List.of(earlier)));
    assertThat(conditions().get("Theirs").get("status")).isEqualTo("False");
  }

  private void condition(String type, boolean holds, String message) {
    write(Map.of("conditions", List.of(Conditions.condition(type, holds, "Tested", message))));
  }

  private Map<String, Map<?, ?>> conditions() throws Exception {
    Map<String, Map<?, ?>> byType = new LinkedHashMap<>();
    if (store.status(serviceKey()).orElseThrow().get("conditions") instanceof List<?> all) {
      for (Object each : all) {
        Map<?, ?> condition = (Map<?, ?>) each;
        byType.put(String.valueOf(condition.get("type")), condition);
      }
    }
    return byType;
  }

  @Test
  void the_status_is_not_written_by_an_update_of_the_object() throws Exception {
    Manifest created = store.create(service(80)).orThrow();
    write(addresses("192.0.2.1"));
    Manifest stored = store.get(created.key()).orElseThrow();

    store.update(stored.withLabel("a", "b").with("status", Map.of())).orThrow();

    assertThat(store.get(created.key()).orElseThrow().fields("metadata", "labels"))
        .isEqualTo(Map.of("a", "b"));
    assertThat(Service.KIND.read(store.get(created.key()).orElseThrow()).status().ingress())
        .containsExactly("192.0.2.1");
  }

  @Test
  void an_object_with_finalizers_stays_until_they_are_gone() throws Exception {
    Manifest created =
        store
            .create(
                config(Map.of("a", "1")).withMetadata("finalizers", List.of("ballast.dev/tested")))
            .orThrow();

    assertThat(store.delete(created.key()).isWritten()).isTrue();
    Manifest deleting = store.get(created.key()).orElseThrow();
    assertThat(deleting.text("metadata", "deletionTimestamp")).isNotEmpty();

    store.update(deleting.withMetadata("finalizers", List.of()));
    assertThat(store.get(created.key())).isEmpty();
  }

  @Test
  void an_object_goes_with_its_owner() throws Exception {
    Manifest owner = store.create(config(Map.of("a", "1"))).orThrow();
    Manifest owned =
        store
            .create(
                Manifest.of(Secret.KIND, "default", name)
                    .with("data", Map.of("token", "c2VjcmV0"))
                    .ownedBy(OwnerReference.to(owner)))
            .orThrow();

    assertThat(owned.owners()).extracting(OwnerReference::uid).containsExactly(owner.uid());
    assertThat(Secret.KIND.read(owned).text("token")).contains("secret");
    if (collectsGarbage()) {
      store.delete(owner.key());
      assertThat(store.get(owned.key())).isEmpty();
    }
  }

  @Test
  void equal_events_are_counted() throws Exception {
    store.create(service(80)).orThrow();
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    for (int i = 0; i < 3; i++) {
      Event event =
          Event.of(
              Event.Type.WARNING,
              serviceKey(),
              "Tested",
              "nothing is wrong",
              "store-test",
              now.plusSeconds(i));
      assertThat(store.record(event).isWritten()).isTrue();
    }

    assertThat(store.events().stream().filter(event -> event.about().equals(serviceKey())))
        .singleElement()
        .satisfies(event -> {
          assertThat(event.count()).isEqualTo(3);
          assertThat(event.type()).isEqualTo(Event.Type.WARNING);
          assertThat(event.last()).isEqualTo(now.plusSeconds(2));
        });
  }

  private LeaderElector elector(String identity) {
    return new LeaderElector(
        store,
        "default",
        name,
        identity,
        new LeaderElector.Timing(
            Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofMillis(100)),
        InstantSource.system(),
        System::nanoTime);
  }

  @Test
  void one_of_several_leads_and_another_follows_when_it_ends() throws Exception {
    AtomicInteger leading = new AtomicInteger();
    List<String> order = new CopyOnWriteArrayList<>();
    List<String> wrong = new CopyOnWriteArrayList<>();
    List<Thread> running = new ArrayList<>();
    for (String identity : List.of("a", "b", "c")) {
      LeaderElector elector = elector(identity);
      running.add(
          TASKS.newThread(() -> {
            try {
              elector.run(now -> {
                if (now) {
                  if (leading.incrementAndGet() != 1) {
                    wrong.add(identity);
                  }
                  order.add(identity);
                } else {
                  leading.decrementAndGet();
                }
              });
            } catch (InterruptedException _) {
              // The test ends it.
            }
          }));
      running.getLast().setName(identity);
    }
    running.forEach(Thread::start);

    for (int i = 1; i <= 3; i++) {
      int count = i;
      Eventually.holds(i + " have led", Eventually.SOON, () -> order.size() == count);
      for (Thread each : running) {
        if (each.getName().equals(order.getLast())) {
          each.interrupt();
          each.join();
        }
      }
    }

    assertThat(wrong).isEmpty();
    assertThat(order).containsExactlyInAnyOrder("a", "b", "c");
    Lease free = Lease.KIND.read(store.get(Lease.KIND.key("default", name)).orElseThrow());
    assertThat(free.holder()).isEmpty();
  }

  @Test
  void a_leader_that_falls_silent_is_followed_when_its_lease_has_run_out() throws Exception {
    LeaderElector first = elector("first");
    LeaderElector second = elector("second");
    first.step();
    assertThat(first.isLeading()).isTrue();
    second.step();
    assertThat(second.isLeading()).isFalse();
    assertThat(second.leader()).contains("first");

    Eventually.holds(
        "the second leads",
        Eventually.SOON,
        () -> {
          second.step();
          return second.isLeading();
        });
    assertThat(first.isLeading()).isFalse();
  }
}
