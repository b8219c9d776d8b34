package dev.ballast.objects.api;

import static java.lang.System.Logger.Level.WARNING;

import dev.ballast.objects.Event;
import dev.ballast.objects.Kind;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Problem;
import dev.ballast.objects.Scheme;
import dev.ballast.objects.Snapshot;
import dev.ballast.objects.Stored;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A home that is a Kubernetes API. Each kind is listed and watched; what was seen stays in force
 * while the API is away, and {@link Snapshot#reachable} says so. A status is a patch of the fields
 * that are given: conditions of other controllers stay, and a condition that keeps its status keeps
 * its {@code lastTransitionTime}.
 */
public final class ApiStore implements ObjectStore {
  private static final System.Logger LOG = System.getLogger(ApiStore.class.getName());

  /** How often it is asked whether the watches still run. */
  private static final Duration CHECK = Duration.ofSeconds(5);

  /** Requests that hang tie up a writer; the API's own limit is a minute. */
  private static final Duration REQUEST = Duration.ofSeconds(20);

  private final KubernetesClient client;
  private final ThreadFactory tasks;
  private final Map<String, WatchedKind> kinds = new LinkedHashMap<>();
  private final StatusPatches statuses;
  private final ApiEvents events;
  private final Object lock = new Object();
  private final List<Listening> listeners = new ArrayList<>();
  private final Thread checking;
  private Snapshot newest;
  private boolean changed = true;
  private boolean closed;

  private ApiStore(
      KubernetesClient client, Scheme scheme, ThreadFactory tasks, InstantSource clock) {
    this.client = client;
    this.tasks = tasks;
    for (Kind<?> kind : scheme.kinds()) {
      kinds.put(kind.name(), new WatchedKind(kind, scheme, client, this::changed));
    }
    this.statuses = new StatusPatches(client, clock);
    this.events = new ApiEvents(client);
    this.newest = new Snapshot(0, List.of(), List.of(), false);
    this.checking = tasks.newThread(this::check);
  }

  /**
   * Connects with the credentials of a kubeconfig, whose current context counts.
   *
   * @throws IOException when the file cannot be read
   */
  public static ApiStore open(
      Path kubeconfig, Scheme scheme, ThreadFactory tasks, InstantSource clock) throws IOException {
    if (!Files.exists(kubeconfig)) {
      throw new NoSuchFileException(kubeconfig.toString());
    }
    Config config;
    try {
      config = Config.fromKubeconfig(kubeconfig.toFile());
    } catch (RuntimeException e) {
      throw new IOException(kubeconfig + " is no kubeconfig: " + e.getMessage(), e);
    }
    return open(config, scheme, tasks, clock);
  }

  /** Connects with the service account of the pod that this process runs in. */
  public static ApiStore inCluster(Scheme scheme, ThreadFactory tasks, InstantSource clock) {
    return open(Config.autoConfigure(null), scheme, tasks, clock);
  }

  private static ApiStore open(
      Config config, Scheme scheme, ThreadFactory tasks, InstantSource clock) {
    config.setRequestTimeout((int) REQUEST.toMillis());
    config.setConnectionTimeout((int) REQUEST.toMillis());
    // A write that failed is written again by the caller, who knows whether it still matters.
    config.setRequestRetryBackoffLimit(0);
    ApiStore home =
        new ApiStore(
            new KubernetesClientBuilder().withConfig(config).build(), scheme, tasks, clock);
    home.kinds.values().forEach(WatchedKind::start);
    home.checking.setName("objects-check");
    home.checking.start();
    return home;
  }

  private void changed() {
    synchronized (lock) {
      changed = true;
      lock.notifyAll();
    }
  }

  /** Notices that the API went away, or came back, when no object changes. */
  private void check() {
    boolean before = true;
    try {
      while (true) {
        synchronized (lock) {
          if (closed) {
            return;
          }
        }
        boolean now = kinds.values().stream().allMatch(WatchedKind::isCurrent);
        if (now != before) {
          before = now;
          changed();
        }
        TimeUnit.MILLISECONDS.sleep(CHECK.toMillis());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Snapshot list() {
    synchronized (lock) {
      if (changed) {
        changed = false;
        newest = read();
      }
      return newest;
    }
  }

  private Snapshot read() {
    List<Problem> problems = new ArrayList<>();
    List<Stored> objects = new ArrayList<>();
    boolean reachable = true;
    for (WatchedKind kind : kinds.values()) {
      objects.addAll(kind.objects());
      problems.addAll(kind.problems());
      reachable &= kind.isCurrent();
    }
    return new Snapshot(newest.version() + 1, objects, problems, reachable);
  }

  @Override
  public Subscription watch(Consumer<Snapshot> listener) {
    Listening listening = new Listening(listener);
    synchronized (lock) {
      listeners.add(listening);
    }
    Thread thread = tasks.newThread(listening);
    thread.setName("objects-listener");
    listening.thread = Optional.of(thread);
    thread.start();
    return listening;
  }

  /** One listener, with a thread of its own; it sees the newest snapshot, not each. */
  private final class Listening implements Subscription, Runnable {
    private final Consumer<Snapshot> listener;
    private volatile boolean ended;
    private volatile Optional<Thread> thread = Optional.empty();

    Listening(Consumer<Snapshot> listener) {
      this.listener = listener;
    }

    @Override
    public void run() {
      long seen = -1;
      while (true) {
        Snapshot next;
        synchronized (lock) {
          while (!ended && !closed && !changed && newest.version() == seen) {
            try {
              lock.wait();
            } catch (InterruptedException _) {
              return;
            }
          }
          if (ended || closed) {
            return;
          }
          next = list();
        }
        if (next.version() == seen) {
          continue;
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
        listeners.remove(this);
        lock.notifyAll();
      }
      if (thread.isPresent() && Thread.currentThread() != thread.get()) {
        try {
          thread.get().join();
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private WatchedKind kind(ObjectKey key) throws IOException {
    WatchedKind kind = kinds.get(key.kind());
    if (kind == null) {
      throw new IOException("kind " + key.kind() + " is not in the scheme");
    }
    return kind;
  }

  @Override
  public void updateStatus(ObjectKey key, Map<String, Object> status) throws IOException {
    WatchedKind kind = kind(key);
    ask("write the status of " + key, () -> statuses.write(kind.kind(), key, status));
  }

  @Override
  public Optional<Map<String, Object>> status(ObjectKey key) throws IOException {
    WatchedKind kind = kind(key);
    return ask("read " + key, () -> statuses.read(kind.kind(), key));
  }

  @Override
  public void removeStatus(ObjectKey key) throws IOException {
    WatchedKind kind = kind(key);
    if (kind.kind().use() == Kind.Use.REPORT) {
      ask("delete " + key, () -> statuses.delete(kind.kind(), key));
    }
  }

  @Override
  public void record(Event event) throws IOException {
    WatchedKind kind = kind(event.about());
    ask("record an event of " + event.about(), () -> events.record(kind, event));
  }

  @Override
  public List<Event> events() throws IOException {
    return ask("read events", events::all);
  }

  private interface Request<T> {
    T run();
  }

  private <T> T ask(String what, Request<T> request) throws IOException {
    try {
      return request.run();
    } catch (KubernetesClientException e) {
      throw new IOException("cannot " + what + ": " + Answers.text(e), e);
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
    checking.interrupt();
    kinds.values().forEach(WatchedKind::close);
    client.close();
  }
}
