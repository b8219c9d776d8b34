package dev.ballast.objects;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A store that forgets everything when it ends: for tests and simulations. */
public final class MemoryStore implements ObjectStore {
  private final Scheme scheme;
  private final InstantSource clock;
  private final SnapshotFeed feed;
  private final Object lock = new Object();
  private final Map<ObjectKey, Managed> objects = new TreeMap<>();
  private final Map<ObjectKey, Map<String, @Nullable Object>> statuses = new TreeMap<>();
  private final EventLog events = new EventLog();

  /** Makes an empty store. */
  public MemoryStore(Scheme scheme, ThreadFactory tasks, InstantSource clock) {
    this.scheme = scheme;
    this.clock = clock;
    this.feed = new SnapshotFeed(tasks);
    feed.publish(_ -> new Snapshot(1, List.of(), List.of(), true));
  }

  @Override
  public Snapshot list() {
    return feed.newest();
  }

  @Override
  public Subscription watch(Consumer<Snapshot> listener) {
    return feed.watch(listener);
  }

  @Override
  public Optional<Manifest> get(ObjectKey key) {
    synchronized (lock) {
      return kind(key).flatMap(kind -> stored(kind, key));
    }
  }

  private Optional<Manifest> stored(Kind<?> kind, ObjectKey key) {
    return Optional.ofNullable(objects.get(key)).map(managed -> withStatus(kind, key, managed));
  }

  private Manifest withStatus(Kind<?> kind, ObjectKey key, Managed managed) {
    Manifest manifest = managed.manifest(kind);
    Map<String, @Nullable Object> status = statuses.get(key);
    return status == null ? manifest : manifest.with("status", status);
  }

  @Override
  public List<Manifest> all(Kind<?> kind) {
    synchronized (lock) {
      List<Manifest> all = new ArrayList<>();
      objects.forEach((key, managed) -> {
        if (kind.has(key)) {
          all.add(withStatus(kind, key, managed));
        }
      });
      return all;
    }
  }

  private Optional<Kind<?>> kind(ObjectKey key) {
    return scheme.kind(key);
  }

  @Override
  public WriteResult create(Manifest object) {
    return write(object.key(), now -> Managed.create(now, object, moment()));
  }

  @Override
  public WriteResult update(Manifest object) {
    return write(object.key(), now -> Managed.update(now, object));
  }

  @Override
  public WriteResult apply(String owner, Manifest fields, boolean force) {
    return write(fields.key(), now -> Managed.apply(now, owner, fields, force, moment()));
  }

  @Override
  public WriteResult delete(ObjectKey key) {
    return delete(key, Optional.empty());
  }

  @Override
  public WriteResult delete(Manifest seen) {
    return delete(seen.key(), Optional.of(seen));
  }

  private WriteResult delete(ObjectKey key, Optional<Manifest> seen) {
    return kind(key)
        .map(kind -> write(key, now -> Managed.delete(now, key, kind, seen, clock.instant())))
        .orElseGet(() -> unknown(key));
  }

  private static WriteResult unknown(ObjectKey key) {
    return new WriteResult.Refused("the kind of " + key + " is not in the scheme");
  }

  private Managed.Moment moment() {
    return new Managed.Moment(clock.instant(), () -> UUID.randomUUID().toString());
  }

  private WriteResult write(ObjectKey key, Function<Optional<Managed>, Managed.Outcome> rule) {
    synchronized (lock) {
      Optional<Kind<?>> kind = kind(key);
      if (kind.isEmpty()) {
        return unknown(key);
      }
      Managed.Outcome outcome = rule.apply(Optional.ofNullable(objects.get(key)));
      if (outcome.result() instanceof WriteResult.Written(Optional<Manifest> known)) {
        Manifest written = known.orElseThrow();
        Map<ObjectKey, Optional<Managed>> changes = new LinkedHashMap<>();
        changes.put(key, outcome.next());
        if (outcome.next().isEmpty()) {
          release(written.uid(), changes);
        }
        store(changes);
        return WriteResult.Written.as(stored(kind.get(), key).orElse(written));
      }
      return outcome.result();
    }
  }

  /** The objects that an object owned, and those that they own. */
  private void release(String uid, Map<ObjectKey, Optional<Managed>> changes) {
    for (Map.Entry<ObjectKey, Managed> entry : objects.entrySet()) {
      ObjectKey key = entry.getKey();
      if (!changes.containsKey(key) && entry.getValue().isOwnedBy(uid)) {
        Kind<?> kind = kind(key).orElseThrow();
        Optional<Managed> left = entry.getValue().withoutOwner(kind, uid);
        changes.put(key, left);
        if (left.isEmpty()) {
          release(entry.getValue().manifest(kind).uid(), changes);
        }
      }
    }
  }

  private void store(Map<ObjectKey, Optional<Managed>> changes) {
    changes.forEach((key, next) -> {
      if (next.isPresent()) {
        objects.put(key, next.get());
      } else {
        objects.remove(key);
        statuses.remove(key);
      }
    });
    publish(List.copyOf(changes.keySet()));
  }

  private void publish(List<ObjectKey> keys) {
    List<Stored> changed = new ArrayList<>();
    List<ObjectKey> removed = new ArrayList<>();
    for (ObjectKey key : keys) {
      Kind<?> kind = kind(key).orElseThrow();
      if (!scheme.isWatched(kind)) {
        continue;
      }
      Optional<Manifest> now = stored(kind, key);
      if (now.isEmpty()) {
        removed.add(key);
      } else {
        Decoder.decode(kind, key.toString(), now.get().content()).objects().forEach(changed::add);
      }
    }
    if (!changed.isEmpty() || !removed.isEmpty()) {
      feed.publish(before -> before.next(changed, removed, List.of(), true));
    }
  }

  @Override
  public WriteResult updateStatus(ObjectKey key, Map<String, Object> status) {
    synchronized (lock) {
      Optional<Kind<?>> found = kind(key);
      if (found.isEmpty()) {
        return unknown(key);
      }
      Kind<?> kind = found.get();
      if (!objects.containsKey(key)) {
        if (kind.use() != Kind.Use.REPORT) {
          return new WriteResult.Gone(key + " is not there");
        }
        WriteResult created = create(Manifest.of(key, kind));
        if (!created.isWritten()) {
          return created;
        }
      }
      Map<String, @Nullable Object> before = statuses.getOrDefault(key, Map.of());
      Map<String, @Nullable Object> patch = Patches.status(before, status, clock.instant());
      if (!Patches.contains(before, patch)) {
        statuses.put(key, Patches.merge(before, patch));
        publish(List.of(key));
      }
      return WriteResult.Written.as(stored(kind, key).orElseThrow());
    }
  }

  @Override
  public Optional<Map<String, Object>> status(ObjectKey key) {
    synchronized (lock) {
      return Optional.ofNullable(statuses.get(key)).map(Patches::present);
    }
  }

  @Override
  public WriteResult removeStatus(ObjectKey key) {
    synchronized (lock) {
      Optional<Kind<?>> kind = kind(key);
      if (kind.isPresent() && kind.get().use() == Kind.Use.REPORT) {
        return delete(key);
      }
      if (statuses.remove(key) != null) {
        publish(List.of(key));
        return WriteResult.Written.as(stored(kind.orElseThrow(), key).orElseThrow());
      }
      return new WriteResult.Gone(key + " has no status");
    }
  }

  @Override
  public WriteResult record(List<Event> more) {
    synchronized (lock) {
      more.forEach(events::add);
      return WriteResult.Written.DONE;
    }
  }

  @Override
  public List<Event> events() {
    synchronized (lock) {
      return events.all();
    }
  }

  @Override
  public void close() {
    feed.close();
  }
}
