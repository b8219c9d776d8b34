package dev.ballast.objects;

import static java.lang.System.Logger.Level.WARNING;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A home that is a directory of manifests. Edits are picked up live; status and events are kept
 * beside the manifests, in {@code .status} and {@code .events}, so that several processes can share
 * the directory: one writes the status of an object, the others see it.
 *
 * <p>A file that becomes unreadable keeps what it held before in force, and says so; a directory
 * that disappears keeps everything, and {@link Snapshot#reachable} turns false.
 */
public final class DirectoryStore implements ObjectStore {
  private static final System.Logger LOG = System.getLogger(DirectoryStore.class.getName());

  private final Path directory;
  private final ThreadFactory tasks;
  private final Duration rescan;
  private final ManifestFiles files;
  private final StatusFiles statuses;
  private final EventFiles events;
  private final WatchService watcher;
  private final Thread watching;

  private final Object lock = new Object();

  /** As the manifests have them, without statuses. */
  private Map<ObjectKey, Stored> written = Map.of();

  /** The directory that was read last; another of its name must be read whole. */
  private Optional<Object> identity = Optional.empty();

  private Snapshot newest = new Snapshot(0, List.of(), List.of(), false);
  private boolean closed;

  private DirectoryStore(Path directory, Scheme scheme, ThreadFactory tasks, Duration rescan)
      throws IOException {
    this.directory = directory;
    this.tasks = tasks;
    this.rescan = rescan;
    this.files = new ManifestFiles(directory, scheme);
    this.statuses = new StatusFiles(directory.resolve(".status"));
    this.events = new EventFiles(directory.resolve(".events"));
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
    DirectoryStore home = new DirectoryStore(directory, scheme, tasks, rescan);
    home.register();
    home.read();
    home.watching.setName("objects-watch");
    home.watching.start();
    return home;
  }

  @Override
  public Snapshot list() {
    synchronized (lock) {
      return newest;
    }
  }

  /** Reads what changed and publishes a snapshot when anything did. */
  private void read() {
    synchronized (lock) {
      ManifestFiles.Content content;
      List<Stored> objects;
      try (OpenDirectory open = OpenDirectory.open(directory)) {
        content = files.read(open);
        identity = open.identity();
        objects = withStatuses(content.objects(), statuses.serviceAddresses(open));
        written = byKey(content.objects());
      } catch (IOException e) {
        // A directory that is gone has no statuses either: what they said stays as well.
        content = files.unreachable(e);
        identity = Optional.empty();
        objects = newest.objects();
      }
      if (objects.equals(newest.objects())
          && content.problems().equals(newest.problems())
          && content.reachable() == newest.reachable()) {
        return;
      }
      newest = new Snapshot(newest.version() + 1, objects, content.problems(), content.reachable());
      lock.notifyAll();
    }
  }

  /** Reads some statuses, which costs the same however many others there are. */
  private void read(Set<String> statusFiles) {
    synchronized (lock) {
      List<Stored> changed = new ArrayList<>();
      try (OpenDirectory open = OpenDirectory.open(directory)) {
        if (identity.isEmpty() || !identity.equals(open.identity())) {
          read();
          return;
        }
        statuses
            .serviceAddresses(open, statusFiles)
            .forEach((key, addresses) -> {
              Stored stored = written.get(key);
              if (stored != null) {
                Stored now =
                    addresses.isPresent()
                        ? withStatus(stored, Map.of(key, addresses.get()))
                        : stored;
                if (!newest.find(key).equals(Optional.of(now))) {
                  changed.add(now);
                }
              }
            });
      } catch (IOException _) {
        read();
        return;
      }
      if (!changed.isEmpty()) {
        newest = newest.with(changed);
        lock.notifyAll();
      }
    }
  }

  private static Map<ObjectKey, Stored> byKey(List<Stored> objects) {
    Map<ObjectKey, Stored> byKey = new HashMap<>();
    objects.forEach(stored -> byKey.put(stored.object().key(), stored));
    return byKey;
  }

  private static List<Stored> withStatuses(
      List<Stored> objects, Map<ObjectKey, List<String>> addresses) {
    return objects.stream().map(stored -> withStatus(stored, addresses)).toList();
  }

  private static Stored withStatus(Stored stored, Map<ObjectKey, List<String>> addresses) {
    if (stored.object() instanceof Service service) {
      List<String> ingress = addresses.get(service.key());
      if (ingress != null) {
        return stored.with(service.withIngress(ingress));
      }
    }
    return stored;
  }

  private void watchDirectory() {
    long whole = System.nanoTime();
    try {
      while (true) {
        WatchKey key = watcher.poll(rescan.toMillis(), TimeUnit.MILLISECONDS);
        Optional<Set<String>> only = Optional.empty();
        if (key != null) {
          only = statusFiles(key, key.pollEvents());
          key.reset();
        }
        try {
          register();
          // Statuses that change all the time must not keep off the reading at an interval.
          if (only.isPresent() && System.nanoTime() - whole < rescan.toNanos()) {
            read(only.get());
          } else {
            whole = System.nanoTime();
            read();
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

  /** The statuses that changed, if the kernel named all that changed and it was nothing else. */
  private Optional<Set<String>> statusFiles(WatchKey key, List<WatchEvent<?>> events) {
    if (!statuses.directory().equals(key.watchable()) || events.isEmpty()) {
      return Optional.empty();
    }
    Set<String> names = new HashSet<>();
    for (WatchEvent<?> event : events) {
      if (!(event.context() instanceof Path name)) {
        return Optional.empty();
      }
      names.add(name.toString());
    }
    return Optional.of(names);
  }

  /** Asks the kernel for changes; a repeat for the same directory is harmless. */
  private void register() {
    for (Path watched : List.of(directory, statuses.directory())) {
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
  public Subscription watch(Consumer<Snapshot> listener) {
    Listening listening = new Listening(listener);
    Thread thread = tasks.newThread(listening);
    thread.setName("objects-listener");
    listening.thread = thread;
    thread.start();
    return listening;
  }

  /** One listener, with a thread of its own. */
  private final class Listening implements Subscription, Runnable {
    private final Consumer<Snapshot> listener;
    private volatile boolean ended;
    private volatile Thread thread = Thread.currentThread();

    Listening(Consumer<Snapshot> listener) {
      this.listener = listener;
    }

    @Override
    public void run() {
      long seen = -1;
      while (true) {
        Snapshot next;
        synchronized (lock) {
          while (newest.version() == seen && !ended && !closed) {
            try {
              lock.wait();
            } catch (InterruptedException _) {
              return;
            }
          }
          if (ended || closed) {
            return;
          }
          next = newest;
        }
        seen = next.version();
        try {
          listener.accept(next);
        } catch (RuntimeException e) {
          LOG.log(WARNING, "a listener of the objects failed: version=" + seen, e);
        }
      }
    }

    @Override
    public void close() {
      ended = true;
      synchronized (lock) {
        lock.notifyAll();
      }
      if (Thread.currentThread() != thread) {
        try {
          thread.join();
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  @Override
  public void updateStatus(ObjectKey key, Map<String, Object> status) throws IOException {
    synchronized (lock) {
      if (statuses.write(key, status)) {
        register();
        read(Set.of(StatusFiles.fileName(key)));
      }
    }
  }

  @Override
  public Optional<Map<String, Object>> status(ObjectKey key) throws IOException {
    synchronized (lock) {
      return statuses.read(key);
    }
  }

  @Override
  public void removeStatus(ObjectKey key) throws IOException {
    synchronized (lock) {
      if (statuses.remove(key)) {
        read(Set.of(StatusFiles.fileName(key)));
      }
    }
  }

  @Override
  public void record(Event event) throws IOException {
    synchronized (lock) {
      events.record(event);
    }
  }

  @Override
  public List<Event> events() throws IOException {
    synchronized (lock) {
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
      lock.notifyAll();
    }
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
