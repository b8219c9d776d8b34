package dev.ballast.mesh.control;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.ballast.mesh.envoy.Generator;
import dev.ballast.mesh.envoy.Generator.Generated;
import dev.ballast.mesh.envoy.Proxy;
import dev.ballast.mesh.model.Finding;
import dev.ballast.mesh.model.Findings;
import dev.ballast.mesh.model.MeshModel;
import dev.ballast.mesh.resource.ServiceEntry;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Snapshot;
import dev.ballast.objects.WriteBack;
import dev.ballast.roles.HealthCheck;
import dev.ballast.roles.Role;
import dev.ballast.roles.RoleContext;
import dev.ballast.xds.AdsStream;
import dev.ballast.xds.Peer;
import dev.ballast.xds.RefusedException;
import dev.ballast.xds.Rejection;
import dev.ballast.xds.StreamOwner;
import dev.ballast.xds.XdsServer;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The role {@code mesh-control-plane}. One task follows the objects and updates the proxies: the
 * first change after a quiet time at once, those that follow in bursts together.
 */
public final class ControlPlaneRole implements Role {
  private static final System.Logger LOG = System.getLogger(ControlPlaneRole.class.getName());

  /** Changes that come so soon after an update wait, so that many of them are one. */
  private static final Duration MERGE = Duration.ofMillis(50);

  /** New streams in a second: after a restart all proxies come at once. */
  private static final int NEW_STREAMS_PER_SECOND = 400;

  private final ObjectStore home;
  private final Options options;
  private final InstantSource clock;
  private final Proxies proxies = new Proxies();
  private final WriteBack writes;
  private final Object lock = new Object();
  private final Generator generator = new Generator(); // Guarded by generating.
  private final Object generating = new Object();
  private final Map<String, Finding> rejections = new HashMap<>(); // Guarded by itself.
  private Set<ObjectKey> written = Set.of(); // Of the push task alone.
  private Optional<Snapshot> waiting = Optional.empty(); // Guarded by lock.
  private boolean statusesStale; // Guarded by lock.
  private volatile Optional<Snapshot> snapshot = Optional.empty();
  private volatile Optional<MeshModel> model = Optional.empty();
  private volatile Optional<String> failure = Optional.empty();
  private Optional<ObjectStore.Subscription> subscription = Optional.empty();
  private final List<XdsServer> servers = new ArrayList<>();
  private final AtomicLong pushes = new AtomicLong();
  private final AtomicLong rejects = new AtomicLong();
  private long second; // Guarded by lock, as is the next.
  private int newStreams;

  /**
   * Where the configuration is served.
   *
   * @param plaintext without TLS, on loopback; empty for not
   * @param secure with TLS; empty for not
   */
  public record Options(
      Optional<InetSocketAddress> plaintext,
      Optional<InetSocketAddress> secure,
      Optional<XdsServer.Tls> keys,
      Admission.Tokens tokens) {}

  /** Serves the objects of a home. */
  public ControlPlaneRole(ObjectStore home, Options options, InstantSource clock) {
    this.home = home;
    this.options = options;
    this.clock = clock;
    this.writes = new WriteBack(home, System::nanoTime);
  }

  @Override
  public String name() {
    return "mesh-control-plane";
  }

  @Override
  public void start(RoleContext context) throws IOException {
    ControlPlaneMetrics.register(
        context.metrics(), proxies, pushes::get, rejects::get, () -> model);
    context.admin().register("mesh", new MeshAdmin(proxies, () -> model)::answer);
    try {
      if (options.plaintext().isPresent()) {
        servers.add(
            XdsServer.plaintext(
                options.plaintext().get(),
                new Owner(new Admission(false, Admission.Tokens.NONE)),
                List.of(),
                context.tasks()));
      }
      if (options.secure().isPresent()) {
        servers.add(
            XdsServer.tls(
                options.secure().get(),
                options.keys().orElseThrow(),
                new Owner(new Admission(true, options.tokens())),
                List.of(),
                context.tasks()));
      }
      context.go("mesh-push", this::follow);
      context.go("mesh-write", writes::run);
      subscription = Optional.of(home.watch(this::changed));
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Returns the ports that are served, plaintext first. */
  public List<Integer> ports() {
    return servers.stream().map(XdsServer::port).toList();
  }

  private void changed(Snapshot next) {
    synchronized (lock) {
      waiting = Optional.of(next);
      lock.notifyAll();
    }
  }

  private void follow() throws InterruptedException {
    long quietSince = System.nanoTime() - MERGE.toNanos();
    while (!Thread.currentThread().isInterrupted()) {
      Optional<Snapshot> next;
      synchronized (lock) {
        while (waiting.isEmpty() && !statusesStale) {
          lock.wait();
        }
      }
      long rest = quietSince + MERGE.toNanos() - System.nanoTime();
      if (rest > 0) {
        TimeUnit.NANOSECONDS.sleep(rest);
      }
      synchronized (lock) {
        next = waiting;
        waiting = Optional.empty();
        statusesStale = false;
      }
      if (next.isPresent()) {
        push(next.get());
      } else {
        snapshot.ifPresent(this::writeStatuses);
      }
      quietSince = System.nanoTime();
    }
  }

  private void push(Snapshot next) {
    if (!next.reachable()) {
      failure = next.unreadable();
      return; // The proxies keep what they have.
    }
    try {
      MeshModel current =
          model
              .map(before -> before.next(next))
              .orElseGet(() -> MeshModel.of(next, remembered(next)));
      snapshot = Optional.of(next);
      model = Optional.of(current);
      for (Proxies.Connected connected : proxies.all()) {
        update(connected, current);
      }
      pushes.incrementAndGet();
      failure = Optional.empty();
      writeStatuses(next);
    } catch (RuntimeException e) {
      failure = Optional.of("cannot generate from the objects: " + e);
      LOG.log(ERROR, "cannot generate from the objects: version=" + next.version(), e);
    }
  }

  /** The addresses that the statuses in the home still name, for homes whose objects do not. */
  private Map<String, List<String>> remembered(Snapshot next) {
    Map<String, List<String>> addresses = new HashMap<>();
    for (ServiceEntry entry : next.all(ServiceEntry.class)) {
      if (!entry.isAutoAllocated() || !entry.assigned().isEmpty()) {
        continue;
      }
      try {
        home.status(entry.key())
            .map(status -> status.get("addresses"))
            .ifPresent(list -> {
              if (list instanceof List<?> each) {
                each.forEach(one -> {
                  if (one instanceof Map<?, ?> fields) {
                    addresses
                        .computeIfAbsent(String.valueOf(fields.get("host")), _ -> new ArrayList<>())
                        .add(String.valueOf(fields.get("value")));
                  }
                });
              }
            });
      } catch (IOException e) {
        LOG.log(WARNING, "cannot read the status of {0}: {1}", entry.key(), e.getMessage());
      }
    }
    return addresses;
  }

  private void update(Proxies.Connected connected, MeshModel current) {
    Generated generated;
    synchronized (generating) {
      generated = generator.generate(current, connected.proxy());
    }
    connected.update(generated);
  }

  private void writeStatuses(Snapshot current) {
    MeshModel now = model.orElseThrow();
    Set<Finding> findings = new TreeSet<>(Findings.of(current, now));
    for (Proxies.Connected connected : proxies.all()) {
      connected
          .generated()
          .ifPresent(generated -> {
            findings.addAll(generated.findings());
            findings.addAll(Findings.of(generated.scope()));
          });
    }
    synchronized (rejections) {
      findings.addAll(rejections.values());
    }
    Map<ObjectKey, Map<String, Object>> statuses = Statuses.of(current, now, findings);
    statuses.forEach(writes::status);
    for (ObjectKey key : written) {
      if (!statuses.containsKey(key)) {
        if (current.find(key).isPresent()) {
          writes.status(key, cleared());
        } else {
          writes.remove(key);
        }
      }
    }
    written = new HashSet<>(statuses.keySet());
  }

  private static Map<String, Object> cleared() {
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("conditions", List.of());
    return status;
  }

  /** Takes streams in. */
  private final class Owner implements StreamOwner {
    private final Admission admission;

    Owner(Admission admission) {
      this.admission = admission;
    }

    @Override
    public void opened(AdsStream stream, Node node, Peer peer) {
      MeshModel current =
          model.orElseThrow(() -> RefusedException.busy("the objects are not read yet"));
      limit();
      Proxy proxy;
      try {
        proxy = Proxy.of(node);
      } catch (IllegalArgumentException e) {
        throw RefusedException.invalid(String.valueOf(e.getMessage()));
      }
      admission.check(proxy, peer);
      Proxies.Connected connected =
          new Proxies.Connected(stream, proxy, String.valueOf(peer.address()), clock.instant());
      proxies.add(connected);
      update(connected, current);
      model.filter(newer -> newer != current).ifPresent(newer -> update(connected, newer));
      LOG.log(INFO, "proxy connected: id={0} from={1}", proxy.id(), connected.from());
      statusesStale();
    }

    private void limit() {
      long now = clock.instant().getEpochSecond();
      synchronized (lock) {
        if (now != second) {
          second = now;
          newStreams = 0;
        }
        if (++newStreams > NEW_STREAMS_PER_SECOND) {
          throw RefusedException.busy("too many new streams; connect again later");
        }
      }
    }

    @Override
    public void rejected(AdsStream stream, List<Rejection> news) {
      rejects.addAndGet(news.size());
      Proxies.Connected connected = proxies.of(stream).orElse(null);
      if (connected == null) {
        return;
      }
      for (Rejection each : news) {
        LOG.log(
            WARNING,
            "proxy rejected a resource: proxy={0} type={1} name={2} message={3}",
            connected.proxy().id(),
            each.resource().type(),
            each.resource().name(),
            each.message());
        source(connected, each)
            .ifPresent(object -> {
              synchronized (rejections) {
                rejections.put(
                    connected.proxy().id() + " " + each.resource(),
                    new Finding(
                        object,
                        "Rejected",
                        "RejectedByProxy",
                        "%s rejects %s %s: %s"
                            .formatted(
                                connected.proxy().id(),
                                each.resource().type().name().toLowerCase(java.util.Locale.ROOT),
                                each.resource().name(),
                                each.message())));
              }
            });
      }
      statusesStale();
    }

    private Optional<ObjectKey> source(Proxies.Connected connected, Rejection rejection) {
      return connected
          .generated()
          .map(Generated::sources)
          .map(sources ->
              sources.get(rejection.resource().type() + " " + rejection.resource().name()));
    }

    @Override
    public void closed(AdsStream stream) {
      proxies
          .remove(stream)
          .ifPresent(connected -> {
            LOG.log(INFO, "proxy disconnected: id={0}", connected.proxy().id());
            synchronized (rejections) {
              rejections.keySet().removeIf(key -> key.startsWith(connected.proxy().id() + " "));
            }
            statusesStale();
          });
    }
  }

  private void statusesStale() {
    synchronized (lock) {
      statusesStale = true;
      lock.notifyAll();
    }
  }

  @Override
  public List<HealthCheck> health() {
    List<HealthCheck> checks = new ArrayList<>();
    Optional<String> now = failure;
    checks.add(
        model.isEmpty()
            ? HealthCheck.unwell(
                "objects-read", HealthCheck.Scope.READY, now.orElse("the objects are not read yet"))
            : now.map(why -> HealthCheck.unwell("objects-read", HealthCheck.Scope.READY, why))
                .orElseGet(() ->
                    HealthCheck.well(
                        "objects-read",
                        HealthCheck.Scope.READY,
                        model.get().services().size() + " services are served")));
    return checks;
  }

  @Override
  public void close() {
    subscription.ifPresent(ObjectStore.Subscription::close);
    servers.forEach(XdsServer::close);
    servers.clear();
  }
}
