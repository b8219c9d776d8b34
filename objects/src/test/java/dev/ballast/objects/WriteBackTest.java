package dev.ballast.objects;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class WriteBackTest {
  private static final ObjectKey A = new ObjectKey("Service", "default", "a");
  private static final ObjectKey B = new ObjectKey("Service", "default", "b");

  private final Set<ObjectKey> refusing = new HashSet<>();
  private final List<String> log = new ArrayList<>();
  private final AtomicLong now = new AtomicLong();
  private final WriteBack writes = new WriteBack(new Store(), now::get);

  /** A store that refuses writes of some objects. */
  private final class Store implements ObjectStore {
    @Override
    public Snapshot list() {
      return new Snapshot(0, List.of(), List.of(), true);
    }

    @Override
    public Subscription watch(Consumer<Snapshot> listener) {
      return () -> {};
    }

    @Override
    public Optional<Manifest> get(ObjectKey key) {
      return Optional.empty();
    }

    @Override
    public List<Manifest> all(Kind<?> kind) {
      return List.of();
    }

    @Override
    public WriteResult create(Manifest object) {
      return new WriteResult.Refused("only statuses");
    }

    @Override
    public WriteResult update(Manifest object) {
      return new WriteResult.Refused("only statuses");
    }

    @Override
    public WriteResult apply(String owner, Manifest fields, boolean force) {
      return new WriteResult.Refused("only statuses");
    }

    @Override
    public WriteResult delete(ObjectKey key) {
      return new WriteResult.Refused("only statuses");
    }

    @Override
    public WriteResult delete(Manifest seen) {
      return new WriteResult.Refused("only statuses");
    }

    @Override
    public WriteResult updateStatus(ObjectKey key, Map<String, Object> status) {
      return write(key, key.name() + status.get("v"));
    }

    private WriteResult write(ObjectKey key, String what) {
      if (refusing.contains(key)) {
        log.add("refused " + what);
        return new WriteResult.Unreachable("disk full");
      }
      log.add(what);
      return WriteResult.Written.DONE;
    }

    @Override
    public Optional<Map<String, Object>> status(ObjectKey key) {
      return Optional.empty();
    }

    @Override
    public WriteResult removeStatus(ObjectKey key) {
      return write(key, "no " + key.name());
    }

    @Override
    public WriteResult record(List<Event> events) {
      Event first = events.getFirst();
      return write(
          first.about(),
          (events.size() == 1 ? "event" : events.size() + " events")
              + " of "
              + first.about().name());
    }

    @Override
    public List<Event> events() {
      return List.of();
    }

    @Override
    public void close() {}
  }

  private static Map<String, Object> value(int number) {
    return Map.of("v", number);
  }

  private void pass(long seconds) {
    now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }

  @Test
  void an_object_that_cannot_be_written_does_not_hold_up_another() {
    refusing.add(A);
    writes.status(A, value(1));
    writes.status(B, value(1));

    writes.flush();

    assertThat(log).containsExactly("refused a1", "b1");
    assertThat(writes.failing())
        .hasValueSatisfying(why -> assertThat(why).contains("Service default/a", "disk full"));
  }

  @Test
  void a_failed_write_is_retried_until_it_succeeds() {
    refusing.add(A);
    writes.status(A, value(1));
    for (int i = 0; i < 50; i++) {
      writes.flush();
      pass(31);
    }
    assertThat(log).hasSize(50);

    refusing.clear();
    writes.flush();

    assertThat(log.getLast()).isEqualTo("a1");
    assertThat(writes.failing()).isEmpty();
  }

  @Test
  void it_waits_longer_each_time() {
    refusing.add(A);
    writes.status(A, value(1));
    for (int i = 0; i < 60; i++) {
      writes.flush();
      pass(1);
    }

    // At 0, 1, 2, 4, 8, 16, 32 s, and then every 30 s.
    assertThat(log).hasSizeBetween(6, 9);
  }

  @Test
  void a_newer_status_takes_the_place_of_one_that_waits() {
    refusing.add(A);
    writes.status(A, value(1));
    writes.flush();
    refusing.clear();

    writes.status(A, value(2));
    writes.flush();
    pass(100);
    writes.flush();

    assertThat(log).containsExactly("refused a1", "a2");
  }

  @Test
  void what_is_written_is_not_written_again_unless_the_object_lost_it() {
    writes.status(A, value(1));
    writes.flush();
    writes.status(A, value(1));
    writes.flush();
    assertThat(log).containsExactly("a1");

    writes.statusAfter(A, value(1), Set.of());
    writes.flush();

    assertThat(log).containsExactly("a1", "a1");
  }

  @Test
  void who_takes_over_an_address_is_written_after_who_gives_it_up() {
    refusing.add(A);
    writes.statusAfter(A, value(0), Set.of());
    writes.statusAfter(B, value(1), Set.of(A));
    writes.flush();
    assertThat(log).containsExactly("refused a0");

    refusing.clear();
    pass(10);
    writes.flush();

    assertThat(log).containsExactly("refused a0", "a0", "b1");
  }

  @Test
  void events_are_retried_and_in_the_end_given_up() {
    refusing.add(A);
    writes.event(Event.of(Event.Type.NORMAL, A, "Reason", "message", "source", Instant.EPOCH));
    for (int i = 0; i < 100; i++) {
      writes.flush();
      pass(31);
    }

    assertThat(log).hasSize(10);
    assertThat(writes.failing()).isEmpty();
  }
}
