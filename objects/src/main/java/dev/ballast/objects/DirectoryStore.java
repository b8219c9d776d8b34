package dev.ballast.objects;

import static java.lang.System.Logger.Level.WARNING;

import dev.ballast.linux.file.FileLease;
import dev.ballast.yaml.Yaml;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A store that is a directory of manifests. Edits are picked up live; status, events and the
 * objects that programs write are kept beside the manifests, in {@code .status}, {@code .events}
 * and {@code .objects}, so that several processes can share the directory.
 *
 * <p>A file that becomes unreadable keeps what it held before in force, and says so; a directory
 * that disappears keeps everything, and {@link Snapshot#reachable} turns false. Of a field that a
 * manifest has and a program wrote, the manifest's value counts.
 */
public final class DirectoryStore implements ObjectStore {
  private static final System.Logger LOG = System.getLogger(DirectoryStore.class.getName());

  /** Stands for a write that may add to what people wrote. */
  private static final String APPLY = "apply";

  private final Path directory;
  private final Scheme scheme;
  private final Duration rescan;
  private final ManifestFiles manifests;
  private final StatusFiles statuses;
  private final ManagedFiles managed;
  private final EventFiles events;
  private final SnapshotFeed feed;
  private final WatchService watcher;
  private final Thread watching;

  private final Object lock = new Object();
  private final Object eventLock = new Object();

  /** The directory that was read last; another of its name must be read whole. */
  private Optional<Object> identity = Optional.empty();

  private boolean closed;

  private DirectoryStore(Path directory, Scheme scheme, ThreadFactory tasks, Duration rescan)
      throws IOException {
    this.directory = directory;
    this.scheme = scheme;
    this.rescan = rescan;
    this.manifests = new ManifestFiles(scheme, System::nanoTime);
    this.statuses = new StatusFiles(directory.resolve(".status"));
    this.managed = new ManagedFiles(directory.resolve(".objects"), scheme);
    this.events = new EventFiles(directory.resolve(".events"));
    this.feed = new SnapshotFeed(tasks);
    this.watcher = directory.getFileSystem().newWatchService();
    this.watching = tasks.newThread(this::watchDirectory);
  }

  /**
   * Opens a directory, which must exist now but may disappear later.
   *
   * @param scheme the kinds that are read; others are reported
   * @param rescan how often it is read even when the kernel reported nothing
   */
  public static DirectoryStore open(
      Path directory, Scheme scheme, ThreadFactory tasks, Duration rescan) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory.toString());
    }
    DirectoryStore store = new DirectoryStore(directory, scheme, tasks, rescan);
    store.register();
    store.readWhole();
    store.watching.setName("objects-watch");
    store.watching.start();
    return store;
  }

  @Override
  public Snapshot list() {
    return feed.newest();
  }

  @Override
  public Subscription watch(Consumer<Snapshot> listener) {
    return feed.watch(listener);
  }

  /** Reads what changed and publishes a snapshot when anything did. */
  private void readWhole() {
    synchronized (lock) {
      try (OpenDirectory open = OpenDirectory.open(directory)) {
        Set<ObjectKey> touched = new HashSet<>(manifests.readAll(open));
        touched.addAll(managed.readAll(open));
        touched.addAll(statuses.readAll(open));
        identity = open.identity();
        publish(touched, manifests.problems(), true);
      } catch (IOException e) {
        unreachable(e);
      }
    }
  }

  /** A directory that is gone has no statuses either: what was read of all of it stays. */
  private void unreachable(IOException reason) {
    identity = Optional.empty();
    List<Problem> problems = new ArrayList<>();
    problems.add(
        new Problem(
            Problem.Severity.ERROR,
            new Origin(directory.toString(), 0, 0),
            "",
            "the directory cannot be read: " + ManifestFiles.reason(reason),
            "what it held before stays in force; bring it back"));
    problems.addAll(manifests.problems());
    publish(Set.of(), problems, false);
  }

  /** The names of files that the kernel says have changed. */
  private record News(Set<String> manifests, Set<String> statuses, Set<String> managed) {}

  /** Reads some files, which costs the same however many others there are. */
  private void read(News news) {
    synchronized (lock) {
      try (OpenDirectory open = OpenDirectory.open(directory)) {
        if (identity.isEmpty() || !identity.equals(open.identity())) {
          readWhole();
          return;
        }
        Set<ObjectKey> touched = new HashSet<>(manifests.read(open, news.manifests));
        touched.addAll(managed.read(open, news.managed));
        touched.addAll(statuses.read(open, news.statuses));
        publish(
            touched,
            news.manifests.isEmpty() ? feed.newest().problems() : manifests.problems(),
            true);
      } catch (IOException e) {
        unreachable(e);
      }
    }
  }

  private void publish(Set<ObjectKey> touched, List<Problem> problems, boolean reachable) {
    Snapshot before = feed.newest();
    List<Stored> changed = new ArrayList<>();
    List<ObjectKey> removed = new ArrayList<>();
    for (ObjectKey key : touched) {
      Optional<Stored> was = before.find(key);
      Optional<Stored> now = view(key);
      if (now.isEmpty() && was.isPresent()) {
        removed.add(key);
      } else if (now.isPresent() && !now.equals(was)) {
        changed.add(now.get());
      }
    }
    if (changed.isEmpty()
        && removed.isEmpty()
        && reachable == before.reachable()
        && problems.equals(before.problems())) {
      return;
    }
    feed.publish(newest -> newest.next(changed, removed, problems, reachable));
  }

  /** What snapshots have of an object. */
  private Optional<Stored> view(ObjectKey key) {
    Optional<Kind<?>> kind = scheme.kind(key);
    if (kind.isEmpty() || !scheme.isWatched(kind.get())) {
      return Optional.empty();
    }
    Optional<Decoder.Source> source = manifests.find(key);
    if (source.isPresent() && managed.held(key).isEmpty() && statuses.held(key).isEmpty()) {
      return source.map(Decoder.Source::stored);
    }
    return content(kind.get(), key)
        .flatMap(manifest -> {
          Decoder.Decoded decoded = Decoder.decode(kind.get(), key.toString(), manifest.content());
          if (decoded.sources().isEmpty()) {
            // Somebody spoilt its status: what the manifest says counts.
            return source.map(Decoder.Source::stored);
          }
          Stored stored = decoded.sources().getFirst().stored();
          return Optional.of(
              source
                  .map(written -> written.stored().with(stored.object()))
                  .orElse(new Stored(stored.object(), stored.origin(), Map.of())));
        });
  }

  /** What manifests, programs and statuses say of an object, as one. */
  private Optional<Manifest> content(Kind<?> kind, ObjectKey key) {
    Optional<Map<String, @Nullable Object>> own = managed.held(key).map(Managed::content);
    Optional<Map<String, @Nullable Object>> written =
        manifests.find(key).map(source -> Yaml.value(source.tree()));
    Optional<Map<String, @Nullable Object>> status = statuses.held(key);
    Map<String, @Nullable Object> fields;
    if (written.isPresent()) {
      fields = Patches.merge(own.orElse(Map.of()), written.get());
    } else if (own.isPresent()) {
      fields = own.get();
    } else if (status.isPresent() && kind.use() == Kind.Use.REPORT) {
      fields = Manifest.of(key, kind).content();
    } else {
      return Optional.empty();
    }
    if (status.isPresent()) {
      fields = new LinkedHashMap<>(fields);
      fields.put("status", status.get());
    }
    return Optional.of(Manifest.of(kind, fields));
  }

  private void watchDirectory() {
    long whole = System.nanoTime();
    try {
      while (true) {
        Optional<News> news = await(whole + rescan.toNanos());
        try {
          register();
          // Files that change all the time must not keep off the reading at an interval.
          if (news.isPresent() && System.nanoTime() - whole < rescan.toNanos()) {
            read(news.get());
          } else {
            whole = System.nanoTime();
            readWhole();
          }
        } catch (RuntimeException e) {
          // What nobody thought of: the next change may mend it, and must be seen.
          LOG.log(WARNING, "the objects cannot be read: directory=" + directory, e);
        }
      }
    } catch (ClosedWatchServiceException _) {
      // close() was called.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for changes; empty when everything should be read. */
  private Optional<News> await(long whole) throws InterruptedException {
    long now = System.nanoTime();
    long until = whole;
    synchronized (lock) {
      var due = manifests.due();
      if (due.isPresent() && due.getAsLong() - until < 0) {
        until = due.getAsLong();
      }
    }
    Set<String> own = new HashSet<>();
    News news = new News(own, new HashSet<>(), new HashSet<>());
    WatchKey key = watcher.poll(Math.max(0, until - now) + 1, TimeUnit.NANOSECONDS);
    synchronized (lock) {
      own.addAll(manifests.dueNow());
    }
    if (key == null) {
      return own.isEmpty() ? Optional.empty() : Optional.of(news);
    }
    boolean named = true;
    while (key != null) {
      Set<String> names =
          key.watchable().equals(directory)
              ? news.manifests
              : key.watchable().equals(statuses.directory()) ? news.statuses : news.managed;
      List<WatchEvent<?>> changes = key.pollEvents();
      named &= !changes.isEmpty();
      for (WatchEvent<?> change : changes) {
        if (change.context() instanceof Path name) {
          names.add(name.toString());
          named &= !isDirectoryOfOurs(key, name.toString());
        } else {
          named = false;
        }
      }
      key.reset();
      key = watcher.poll();
    }
    return named ? Optional.of(news) : Optional.empty();
  }

  /** Directories that appear may have files already. */
  private boolean isDirectoryOfOurs(WatchKey key, String name) {
    return key.watchable().equals(directory) && (name.equals(".status") || name.equals(".objects"));
  }

  /** Asks the kernel for changes; a repeat for the same directory is harmless. */
  private void register() {
    for (Path watched : List.of(directory, statuses.directory(), managed.directory())) {
      if (Files.isDirectory(watched)) {
        try {
          watched.register(
              watcher,
              StandardWatchEventKinds.ENTRY_CREATE,
              StandardWatchEventKinds.ENTRY_MODIFY,
              StandardWatchEventKinds.ENTRY_DELETE);
        } catch (NoSuchFileException _) {
          // It went just now, which the next read reports.
        } catch (ClosedWatchServiceException _) {
          // By close(): nobody watches any more, and what is written is written.
          return;
        } catch (IOException e) {
          LOG.log(WARNING, "changes are seen late, by reading again: directory=" + watched, e);
        }
      }
    }
  }

  @Override
  public Optional<Manifest> get(ObjectKey key) throws IOException {
    Kind<?> kind =
        scheme
            .kind(key)
            .orElseThrow(() -> new IOException("the kind of " + key + " is not in the scheme"));
    refresh();
    synchronized (lock) {
      return content(kind, key);
    }
  }

  @Override
  public List<Manifest> all(Kind<?> kind) throws IOException {
    refresh();
    synchronized (lock) {
      Set<ObjectKey> keys = new TreeSet<>(manifests.keys());
      keys.addAll(managed.all().keySet());
      keys.addAll(statuses.keys());
      keys.removeIf(key -> !kind.has(key));
      List<Manifest> all = new ArrayList<>();
      keys.forEach(key -> content(kind, key).ifPresent(all::add));
      return all;
    }
  }

  /** Reads what other processes wrote; what the directory holds now is what counts. */
  private void refresh() throws IOException {
    readWhole();
    Optional<String> wrong = feed.newest().unreadable();
    if (wrong.isPresent()) {
      throw new IOException(wrong.get());
    }
  }

  @Override
  public WriteResult create(Manifest object) {
    return write(object.key(), "", now -> Managed.create(now, object, moment()));
  }

  @Override
  public WriteResult update(Manifest object) {
    return write(
        object.key(), "apply the fields that should differ", now -> Managed.update(now, object));
  }

  @Override
  public WriteResult apply(String owner, Manifest fields, boolean force) {
    synchronized (lock) {
      Optional<Decoder.Source> written = manifests.find(fields.key());
      if (written.isPresent()) {
        List<String> taken = Managed.differing(fields, Yaml.value(written.get().tree()));
        if (!taken.isEmpty()) {
          return new WriteResult.Conflict(
              fields.key()
                  + " has other values of "
                  + taken
                  + " in "
                  + written.get().stored().origin()
                  + "; change them there");
        }
      }
    }
    return write(fields.key(), APPLY, now -> Managed.apply(now, owner, fields, force, moment()));
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
    Optional<Kind<?>> kind = scheme.kind(key);
    return kind.isEmpty()
        ? unknown(key)
        : write(
            key,
            "remove it there",
            now -> Managed.delete(now, key, kind.get(), seen, Instant.now()));
  }

  private static WriteResult unknown(ObjectKey key) {
    return new WriteResult.Refused("the kind of " + key + " is not in the scheme");
  }

  private static Managed.Moment moment() {
    return new Managed.Moment(Instant.now(), () -> UUID.randomUUID().toString());
  }

  /**
   * Writes an object as a program.
   *
   * @param remedy what to do instead with an object that people wrote; empty when it is a conflict
   */
  private WriteResult write(
      ObjectKey key, String remedy, Function<Optional<Managed>, Managed.Outcome> rule) {
    Optional<Kind<?>> kind = scheme.kind(key);
    if (kind.isEmpty()) {
      return unknown(key);
    }
    synchronized (lock) {
      Optional<Decoder.Source> written = manifests.find(key);
      if (written.isPresent() && !remedy.equals(APPLY)) {
        String where = key + " is written in " + written.get().stored().origin();
        return remedy.isEmpty()
            ? new WriteResult.Conflict(where + " already")
            : new WriteResult.Refused(where + "; " + remedy);
      }
      try (FileLease _ = managed.lock()) {
        Set<ObjectKey> touched = new HashSet<>();
        touched.add(key);
        try (OpenDirectory open = OpenDirectory.open(directory)) {
          touched.addAll(managed.read(open, Set.of(StatusFiles.fileName(key))));
        }
        Managed.Outcome outcome = rule.apply(managed.held(key));
        if (!(outcome.result() instanceof WriteResult.Written(Optional<Manifest> known))) {
          return outcome.result();
        }
        managed.write(key, outcome.next());
        if (outcome.next().isEmpty()) {
          statuses.remove(key);
          release(known.map(Manifest::uid).orElse(""), touched);
        }
        register();
        publish(touched, feed.newest().problems(), feed.newest().reachable());
        return content(kind.get(), key)
            .<WriteResult>map(WriteResult.Written::as)
            .orElse(outcome.result());
      } catch (IOException e) {
        return new WriteResult.Unreachable(
            "cannot write " + key + " below " + directory + ": " + ManifestFiles.reason(e));
      }
    }
  }

  /** Deletes what an object owned, and what that owned. */
  private void release(String uid, Set<ObjectKey> touched) throws IOException {
    try (OpenDirectory open = OpenDirectory.open(directory)) {
      touched.addAll(managed.readAll(open));
    }
    for (Map.Entry<ObjectKey, Managed> entry : managed.all().entrySet()) {
      ObjectKey key = entry.getKey();
      if (entry.getValue().isOwnedBy(uid)) {
        Kind<?> kind = scheme.kind(key).orElseThrow();
        Optional<Managed> left = entry.getValue().withoutOwner(kind, uid);
        managed.write(key, left);
        touched.add(key);
        if (left.isEmpty()) {
          statuses.remove(key);
          release(entry.getValue().manifest(kind).uid(), touched);
        }
      }
    }
  }

  @Override
  public WriteResult updateStatus(ObjectKey key, Map<String, Object> status) {
    return updateStatuses(Map.of(key, status))
        .getOrDefault(key, new WriteResult.Unreachable("nothing was written of " + key));
  }

  @Override
  public Map<ObjectKey, WriteResult> updateStatuses(Map<ObjectKey, Map<String, Object>> wanted) {
    Map<ObjectKey, WriteResult> results = new LinkedHashMap<>();
    synchronized (lock) {
      Map<ObjectKey, Map<String, Object>> possible = new LinkedHashMap<>();
      wanted.forEach((key, status) -> {
        Optional<Kind<?>> kind = scheme.kind(key);
        if (kind.isEmpty()) {
          results.put(key, unknown(key));
        } else if (kind.get().use() != Kind.Use.REPORT
            && manifests.find(key).isEmpty()
            && managed.held(key).isEmpty()) {
          results.put(key, new WriteResult.Gone(key + " is not there"));
        } else {
          possible.put(key, status);
        }
      });
      if (possible.isEmpty()) {
        return results;
      }
      Map<ObjectKey, IOException> failed = new HashMap<>();
      try {
        failed.putAll(statuses.write(possible, Instant.now()));
        register();
      } catch (IOException e) {
        possible.keySet().forEach(key -> failed.put(key, e));
      }
      for (ObjectKey key : possible.keySet()) {
        IOException reason = failed.get(key);
        results.put(
            key,
            reason == null
                ? WriteResult.Written.DONE
                : new WriteResult.Unreachable(
                    "cannot write the status of "
                        + key
                        + " below "
                        + directory
                        + ": "
                        + ManifestFiles.reason(reason)));
      }
      publish(possible.keySet(), feed.newest().problems(), feed.newest().reachable());
    }
    return results;
  }

  @Override
  public Optional<Map<String, Object>> status(ObjectKey key) throws IOException {
    synchronized (lock) {
      return statuses.read(key);
    }
  }

  @Override
  public WriteResult removeStatus(ObjectKey key) {
    synchronized (lock) {
      try {
        if (!statuses.remove(key)) {
          return new WriteResult.Gone(key + " has no status");
        }
      } catch (IOException e) {
        return new WriteResult.Unreachable(
            "cannot remove the status of " + key + ": " + ManifestFiles.reason(e));
      }
      publish(Set.of(key), feed.newest().problems(), feed.newest().reachable());
      return WriteResult.Written.DONE;
    }
  }

  @Override
  public WriteResult record(List<Event> more) {
    synchronized (eventLock) {
      try {
        events.record(more);
        return WriteResult.Written.DONE;
      } catch (IOException e) {
        return new WriteResult.Unreachable(
            "cannot write events below " + directory + ": " + ManifestFiles.reason(e));
      }
    }
  }

  @Override
  public List<Event> events() throws IOException {
    synchronized (eventLock) {
      return events.all();
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
    }
    feed.close();
    try {
      watcher.close();
      watching.join();
    } catch (IOException e) {
      LOG.log(WARNING, "cannot end the watch: directory=" + directory, e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
