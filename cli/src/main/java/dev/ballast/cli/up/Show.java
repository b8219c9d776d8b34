package dev.ballast.cli.up;

import dev.ballast.cli.Threads;
import dev.ballast.lab.live.Lab;
import dev.ballast.loadbalancer.controller.ControllerRole;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.objects.DirectoryStore;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Service;
import dev.ballast.objects.Snapshot;
import dev.ballast.roles.RoleProcess;
import dev.ballast.roles.admin.AdminHandlers;
import dev.ballast.roles.admin.AdminHttp;
import dev.ballast.roles.admin.AdminSocket;
import dev.ballast.roles.admin.TaskAdmin;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Everything between the lab's beginning and its end. */
final class Show {
  private static final Duration RESCAN = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration STOP_BOUND = Duration.ofSeconds(4);

  private final Lab lab;
  private final Screen screen;
  private final Options options;
  private final Path objects;
  private final Cluster cluster;

  /**
   * What the command line asks for.
   *
   * @param drills how often the owner is taken away
   * @param tasks shows a suspended task too
   * @param once ends after the checks
   */
  record Options(int drills, Fault fault, boolean tasks, boolean once) {}

  Show(Lab lab, Screen screen, Options options) {
    this.lab = lab;
    this.screen = screen;
    this.options = options;
    objects = lab.directory().resolve("cluster");
    cluster = new Cluster(lab, objects, screen);
  }

  Verdict run() throws Exception {
    CompletableFuture<LabCertificates> certificates = new CompletableFuture<>();
    Threads.WIRED
        .newThread(() -> {
          try {
            certificates.complete(
                LabCertificates.create(
                    lab.directory().resolve("kubernetes"),
                    Topology.NODES.getFirst(),
                    lab.rack().host(Topology.NODES.getFirst()).address(),
                    Instant.now()));
          } catch (RuntimeException e) {
            certificates.completeExceptionally(e);
          }
        })
        .start();
    Manifests.write(objects, lab.rack());
    PrometheusRegistry metrics = new PrometheusRegistry();
    AdminHandlers admin = new AdminHandlers();
    TaskAdmin.register(admin, Threads.scheduler());
    cluster.startIdle();
    Topology.NODES.forEach(cluster::startNode);
    try (ObjectStore home =
            DirectoryStore.open(objects, LoadBalancerKinds.SCHEME, Threads.TASKS, RESCAN);
        RoleProcess controller =
            new RoleProcess(
                List.of(new ControllerRole(home, "", InstantSource.system())),
                Threads.WIRED,
                metrics,
                admin,
                STOP_BOUND);
        AdminHttp http = lab.inside(Topology.ROUTER, () -> serve(controller, metrics));
        AdminSocket socket = AdminSocket.open(adminSocket(), admin, Threads.TASKS);
        News news = News.follow(home, screen)) {
      controller.start();
      screen.detail(
          "controller serves http://%s:%d"
              .formatted(http.address().getAddress().getHostAddress(), http.address().getPort()));
      for (String node : Topology.NODES) {
        cluster.awaitReady(node);
      }
      screen.step("nodes are ready: " + String.join(", ", Topology.NODES));
      Map<String, InetAddress> addresses = awaitAddresses(home);
      Map<String, String> owners = verify(addresses);
      show(addresses, owners, await(certificates));
      if (options.tasks()) {
        new SuspendedTask(cluster, screen).show(addresses.values().iterator().next());
      }
      Verdict verdict = drills(addresses.values().iterator().next());
      screen.result("");
      if (options.once()) {
        return verdict;
      }
      screen.verdict(verdict.ok(), verdict.why());
      hints(addresses.values().iterator().next());
      screen.live();
      screen.step("running until Ctrl-C");
      RoleProcess.Crash crash = controller.awaitCrash();
      throw new UpFailure(
          "the controller crashed: " + crash.cause().getMessage(), "run again with -v");
    }
  }

  /**
   * On the router's address: from the lab it can be asked like the nodes, from outside it cannot.
   */
  private AdminHttp serve(RoleProcess controller, PrometheusRegistry metrics) throws IOException {
    return AdminHttp.open(
        new InetSocketAddress(lab.rack().host(Topology.ROUTER).address(), Topology.CONTROLLER_PORT),
        controller::health,
        metrics,
        Threads.TASKS);
  }

  private static <T> T await(CompletableFuture<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException problem) {
        throw problem;
      }
      throw new IllegalStateException(e);
    }
  }

  private Map<String, InetAddress> awaitAddresses(ObjectStore home) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Map<String, InetAddress> addresses = addresses(home.list());
      if (addresses.size() == Topology.SERVICES.size()) {
        addresses.forEach((service, address) ->
            screen.detail("service %s has %s".formatted(service, address.getHostAddress())));
        return addresses;
      }
      if (System.nanoTime() - until > 0) {
        throw new UpFailure(
            "services have no address after " + PATIENCE.toSeconds() + " s: " + addresses,
            "read the events above");
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /** The first address of each service of ours, by its name. */
  static Map<String, InetAddress> addresses(Snapshot snapshot) {
    Map<String, InetAddress> addresses = new TreeMap<>();
    for (Service service : snapshot.all(Service.class)) {
      if (Topology.SERVICES.containsKey(service.metadata().name())
          && !service.status().ingress().isEmpty()) {
        addresses.put(
            service.metadata().namespace() + "/" + service.metadata().name(),
            InetAddress.ofLiteral(service.status().ingress().getFirst()));
      }
    }
    return addresses;
  }

  /** Asks the wire, and gives who owns each address. */
  private Map<String, String> verify(Map<String, InetAddress> addresses)
      throws InterruptedException {
    Map<String, String> owners = new TreeMap<>();
    for (var entry : addresses.entrySet()) {
      owners.put(entry.getKey(), awaitAgreement(entry.getKey(), entry.getValue()));
    }
    return owners;
  }

  /**
   * Who owns an address by ARP, by the client's kernel, and by what is fetched; they differ for a
   * moment while a node that has just joined takes over.
   */
  private String awaitAgreement(String service, InetAddress address) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      String owner = new Drill(cluster, screen).awaitOneOwner(address);
      String expected = service.substring(service.indexOf('/') + 1) + " on " + owner;
      Optional<String> near = cluster.fetch(Topology.CLIENT, address);
      Optional<String> far = cluster.fetch(Topology.VISITOR, address);
      Optional<String> kernel = cluster.neighbourHost(address);
      if (near.equals(Optional.of(expected))
          && far.equals(near)
          && kernel.equals(Optional.of(owner))) {
        screen.step(
            "http://%s/ says \"%s\" near and far; only %s answers ARP"
                .formatted(address.getHostAddress(), expected, owner));
        screen.detail("ip neigh: " + cluster.neighbourLine(address));
        return owner;
      }
      if (System.nanoTime() - until > 0) {
        throw new UpFailure(
            "%s at %s: ARP is answered by %s, the client's kernel sends to %s, the client got %s, the visitor %s"
                .formatted(
                    service,
                    address.getHostAddress(),
                    owner,
                    kernel.orElse("nobody"),
                    near.orElse("no answer"),
                    far.orElse("no answer")),
            "read the nodes' logs in " + lab.directory());
      }
    }
  }

  private void show(
      Map<String, InetAddress> addresses,
      Map<String, String> owners,
      LabCertificates certificates) {
    List<List<String>> hosts = new ArrayList<>();
    hosts.add(List.of("HOST", "ADDRESS", "PROCESS", "MEMORY", "NETWORK NAMESPACE"));
    lab.rack()
        .hosts()
        .forEach(host ->
            hosts.add(
                List.of(
                    host.name(),
                    host.address().getHostAddress(),
                    Long.toString(cluster.machine(host.name()).pid()),
                    memory(host.name()),
                    lab.rack().network(host.name()))));
    screen.table(hosts);
    List<List<String>> services = new ArrayList<>();
    services.add(List.of("SERVICE", "ADDRESS", "OWNER"));
    addresses.forEach((service, address) ->
        services.add(List.of(service, address.getHostAddress(), owners.getOrDefault(service, ""))));
    screen.table(services);
    screen.result("");
    screen.result(certificates.summary(Instant.now()));
  }

  /** Prints what to try while the lab runs; only programs that are on this machine. */
  private void hints(InetAddress address) {
    String ballast = Launcher.command();
    screen.result("");
    screen.result("Try, in another terminal:");
    Launcher.fetcher()
        .ifPresent(fetch -> {
          screen.result("  " + command(fetch + " http://" + address.getHostAddress() + "/"));
          screen.result(
              "  "
                  + command(
                      fetch
                          + " http://%s:%d/metrics"
                              .formatted(
                                  lab.rack().host(Topology.ROUTER).address().getHostAddress(),
                                  Topology.CONTROLLER_PORT)));
        });
    screen.result("  " + ballast + " tasks list");
    screen.result("  " + ballast + " lb explain api --objects " + objects);
    screen.result("  edit the objects in " + objects);
  }

  private Path adminSocket() {
    return lab.directory().resolve("admin.sock");
  }

  private String memory(String host) {
    var bytes = cluster.machine(host).memory();
    return bytes.isPresent()
        ? "%.1f MiB".formatted(bytes.getAsLong() / 1024.0 / 1024.0)
        : "unknown";
  }

  /** How another shell of the same user runs something on the client. */
  private String command(String what) {
    return OrdinaryUser.isSecondRun()
        ? "nsenter -t %d -U --preserve-credentials -n %s"
            .formatted(cluster.machine(Topology.CLIENT).pid(), what)
        : "ip netns exec %s %s".formatted(lab.rack().network(Topology.CLIENT), what);
  }

  /** Runs the drills and gives the verdict. */
  private Verdict drills(InetAddress address) throws InterruptedException {
    List<Fault> faults = new ArrayList<>();
    if (options.once() && options.drills() == 1) {
      faults.addAll(List.of(Fault.values()));
    } else {
      for (int i = 0; i < options.drills(); i++) {
        faults.add(options.fault());
      }
    }
    List<DrillResult> results = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("FAILOVER", "FROM", "TO", "OUTAGE", "OUTAGE AT RETURN"));
    for (Fault next : faults) {
      DrillResult result = new Drill(cluster, screen).run(address, next);
      results.add(result);
      rows.add(
          List.of(
              next.description(),
              result.from(),
              result.to(),
              result.outage().toMillis() + " ms",
              result.back().toMillis() + " ms"));
    }
    screen.table(rows);
    return Verdict.of(results);
  }
}
