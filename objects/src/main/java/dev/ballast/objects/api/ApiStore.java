package dev.ballast.objects.api;

import static java.lang.System.Logger.Level.WARNING;

import dev.ballast.objects.Event;
import dev.ballast.objects.Kind;
import dev.ballast.objects.Manifest;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Origin;
import dev.ballast.objects.Problem;
import dev.ballast.objects.Scheme;
import dev.ballast.objects.Snapshot;
import dev.ballast.objects.SnapshotFeed;
import dev.ballast.objects.Stored;
import dev.ballast.objects.WriteResult;
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
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A store that is a Kubernetes API. Each watched kind is listed and watched; what was seen stays in
 * force while the API is away, and {@link Snapshot#reachable} says so. Without watched kinds it is
 * a client that asks for what it needs.
 */
public final class ApiStore implements ObjectStore {
  private static final System.Logger LOG = System.getLogger(ApiStore.class.getName());

  /** How often it is asked whether the API answers. */
  private static final Duration CHECK = Duration.ofSeconds(5);

  /** How often it is looked at whether the watches run, which costs nothing. */
  private static final Duration LOOK = Duration.ofMillis(200);

  /** Requests that hang tie up a writer; the API's own limit is a minute. */
  private static final Duration REQUEST = Duration.ofSeconds(20);

  /** Enough for a controller that writes one status a change, far from what hurts an API server. */
  private static final int REQUESTS_PER_SECOND = 100;

  private static final int BURST = 300;

  private final KubernetesClient client;
  private final Scheme scheme;
  private final Map<Kind<?>, WatchedKind> kinds = new LinkedHashMap<>();
  private final ObjectWrites objects;
  private final StatusPatches statuses;
  private final ApiEvents events;
  private final SnapshotFeed feed;
  private final RequestRate rate;
  private final Object lock = new Object();

  /** Those of a list that could not be recorded whole: the same list comes again. */
  private final Set<Event> partlyRecorded =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  private final Thread checking;
  private final Thread publishing;
  private Optional<Problem> silence = Optional.empty();
  private boolean changed = true;
  private boolean closed;

  private ApiStore(
      KubernetesClient client, Scheme scheme, ThreadFactory tasks, InstantSource clock) {
    this.client = client;
    this.scheme = scheme;
    for (Kind<?> kind : scheme.watched()) {
      kinds.put(kind, new WatchedKind(kind, client, this::changed));
    }
    this.rate = new RequestRate(REQUESTS_PER_SECOND, BURST, System::nanoTime);
    this.objects = new ObjectWrites(client, rate);
    this.statuses = new StatusPatches(objects, clock);
    this.events = new ApiEvents(client, rate);
    this.feed = new SnapshotFeed(tasks);
    this.checking = tasks.newThread(this::check);
    this.publishing = tasks.newThread(this::publish);
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
    ApiStore store =
        new ApiStore(
            new KubernetesClientBuilder().withConfig(config).build(), scheme, tasks, clock);
    store.kinds.values().forEach(WatchedKind::start);
    store.publishing.setName("objects-publish");
    store.publishing.start();
    if (!store.kinds.isEmpty()) {
      store.checking.setName("objects-check");
      store.checking.start();
    }
    return store;
  }

  private void changed() {
    synchronized (lock) {
      changed = true;
      lock.notifyAll();
    }
  }

  /** Makes snapshots of what the informers saw, many changes at a time when they come fast. */
  private void publish() {
    try {
      while (true) {
        Optional<Problem> silent;
        synchronized (lock) {
          while (!changed && !closed) {
            lock.wait();
          }
          if (closed) {
            return;
          }
          changed = false;
          silent = silence;
        }
        feed.publish(before -> next(before, silent));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private Snapshot next(Snapshot before, Optional<Problem> silent) {
    List<Stored> added = new ArrayList<>();
    List<ObjectKey> removed = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    boolean reachable = silent.isEmpty();
    silent.ifPresent(problems::add);
    for (WatchedKind kind : kinds.values()) {
      kind.takeNews()
          .forEach((key, now) -> now.ifPresentOrElse(added::add, () -> removed.add(key)));
      problems.addAll(kind.problems());
      reachable &= kind.isCurrent();
    }
    boolean same =
        added.isEmpty()
            && removed.isEmpty()
            && reachable == before.reachable()
            && problems.equals(before.problems())
            && before.version() > 0;
    return same ? before : before.next(added, removed, problems, reachable);
  }

  /** Notices that the API went away, hangs, or came back, when no object changes. */
  private void check() {
    long probed = System.nanoTime();
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
        Optional<Problem> silent;
        synchronized (lock) {
          if (closed) {
            return;
          }
          silent = silence;
        }
        if (System.nanoTime() - probed >= CHECK.toNanos()) {
          probed = System.nanoTime();
          silent = probe();
        }
        boolean now = silent.isEmpty() && kinds.values().stream().allMatch(WatchedKind::isCurrent);
        synchronized (lock) {
          if (now != feed.newest().reachable() || !silent.equals(silence)) {
            silent
                .filter(problem -> silence.isEmpty())
                .ifPresent(problem -> LOG.log(WARNING, problem.toString()));
            silence = silent;
            changed = true;
            lock.notifyAll();
          }
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks something small: an API that hangs keeps its watches open. */
  private Optional<Problem> probe() {
    try {
      rate.await();
      var _ = client.getKubernetesVersion();
      return Optional.empty();
    } catch (KubernetesClientException e) {
      int code = Answers.code(e);
      if (code >= 400 && code < 500) {
        // It answers; that we may not ask this is not its fault.
        return Optional.empty();
      }
      return Optional.of(
          new Problem(
              Problem.Severity.ERROR,
              new Origin(client.getMasterUrl().toString(), 0, 0),
              "",
              Answers.text(e),
              "what was seen before stays in force; it is tried again"));
    }
  }

  @Override
  public Snapshot list() {
    return feed.newest();
  }

  @Override
  public Subscription watch(Consumer<Snapshot> listener) {
    return feed.watch(listener);
  }

  private Kind<?> known(ObjectKey key) throws IOException {
    return scheme
        .kind(key)
        .orElseThrow(() -> new IOException("the kind of " + key + " is not in the scheme"));
  }

  private WriteResult write(ObjectKey key, Function<Kind<?>, WriteResult> how) {
    Optional<Kind<?>> kind = scheme.kind(key);
    return kind.isPresent()
        ? how.apply(kind.get())
        : new WriteResult.Refused("the kind of " + key + " is not in the scheme");
  }

  @Override
  public Optional<Manifest> get(ObjectKey key) throws IOException {
    Kind<?> kind = known(key);
    return ask("read " + key, () -> objects.get(kind, key));
  }

  @Override
  public List<Manifest> all(Kind<?> kind) throws IOException {
    return ask("list " + kind.resource(), () -> objects.all(kind));
  }

  @Override
  public WriteResult create(Manifest object) {
    return objects.create(object);
  }

  @Override
  public WriteResult update(Manifest object) {
    return objects.update(object);
  }

  @Override
  public WriteResult apply(String owner, Manifest fields, boolean force) {
    return objects.apply(owner, fields, force);
  }

  @Override
  public WriteResult delete(ObjectKey key) {
    return write(key, kind -> objects.delete(kind, key, Optional.empty()));
  }

  @Override
  public WriteResult delete(Manifest seen) {
    return objects.delete(seen.kind(), seen.key(), Optional.of(seen));
  }

  @Override
  public WriteResult updateStatus(ObjectKey key, Map<String, Object> status) {
    return write(key, kind -> statuses.write(kind, key, status, seen(kind, key)));
  }

  private Optional<Manifest> seen(Kind<?> kind, ObjectKey key) {
    return Optional.ofNullable(kinds.get(kind)).flatMap(watched -> watched.seen(key));
  }

  @Override
  public Optional<Map<String, Object>> status(ObjectKey key) throws IOException {
    return get(key)
        .map(manifest -> {
          Map<String, Object> status = new LinkedHashMap<>();
          manifest
              .fields("status")
              .forEach((field, value) -> {
                if (value != null) {
                  status.put(field, value);
                }
              });
          return status;
        });
  }

  @Override
  public WriteResult removeStatus(ObjectKey key) {
    return write(
        key,
        kind ->
            kind.use() == Kind.Use.REPORT
                ? objects.delete(kind, key, Optional.empty())
                // A status goes with its object here.
                : new WriteResult.Written(Optional.empty()));
  }

  @Override
  public WriteResult record(List<Event> more) {
    for (Event event : more) {
      if (partlyRecorded.contains(event)) {
        continue;
      }
      Optional<Kind<?>> kind = scheme.kind(event.about());
      try {
        events.record(kind, kind.flatMap(known -> seen(known, event.about())), event);
        partlyRecorded.add(event);
      } catch (KubernetesClientException e) {
        return Answers.result("record an event of", event.about(), e);
      }
    }
    partlyRecorded.clear();
    return new WriteResult.Written(Optional.empty());
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
    feed.close();
    checking.interrupt();
    kinds.values().forEach(WatchedKind::close);
    client.close();
  }
}
