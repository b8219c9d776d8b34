package dev.ballast.loadbalancer.speaker;

import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.namespace.NamespaceKind;
import dev.ballast.linux.netlink.NetworkEvent;
import dev.ballast.linux.netlink.NetworkWatch;
import dev.ballast.linux.netlink.Route;
import dev.ballast.loadbalancer.bgp.peering.Wire;
import dev.ballast.loadbalancer.bgp.speaker.BgpSpeaker;
import dev.ballast.loadbalancer.controller.ControllerRole;
import dev.ballast.loadbalancer.layer2.Selection;
import dev.ballast.loadbalancer.membership.Timing;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.objects.DirectoryStore;
import dev.ballast.roles.RoleProcess;
import dev.ballast.roles.admin.AdminHandlers;
import dev.ballast.testkit.Eventually;
import dev.ballast.testkit.ReferenceProgram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The BGP rows of {@code dev/bench loadbalancer}: from objects to the kernel's routing table behind
 * FRR, with gobgpd and bird doing the same in the same run.
 */
final class BgpBench {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int MANY = 10_000;

  private static final String ROUTER =
      """
      bfd
       profile fast
        detect-multiplier 3
        receive-interval 50
        transmit-interval 50
      !
      router bgp 64513
       bgp router-id 10.88.0.1
       no bgp ebgp-requires-policy
       neighbor 10.88.0.2 remote-as 64512
       neighbor 10.88.0.2 timers connect 1
       neighbor 10.88.0.2 %s
      """;

  private static final String OBJECTS =
      """
      apiVersion: metallb.io/v1beta1
      kind: IPAddressPool
      metadata: {name: p, namespace: metallb-system}
      spec: {addresses: [198.18.0.0/16]}
      ---
      apiVersion: metallb.io/v1beta2
      kind: BGPPeer
      metadata: {name: router, namespace: metallb-system}
      spec: {myASN: 64512, peerASN: 64513, peerAddress: 10.88.0.1, connectTime: 1s,
        bfdProfile: fast}
      ---
      apiVersion: metallb.io/v1beta1
      kind: BFDProfile
      metadata: {name: fast, namespace: metallb-system}
      spec: {receiveInterval: 50, transmitInterval: 50}
      ---
      apiVersion: metallb.io/v1beta1
      kind: BGPAdvertisement
      metadata: {name: all, namespace: metallb-system}
      ---
      apiVersion: v1
      kind: Node
      metadata: {name: n1}
      """;

  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: s%1$d, namespace: default}
      spec: {type: LoadBalancer, ports: [{port: 80}], loadBalancerIP: %2$s}
      ---
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: s%1$d-1, namespace: default, labels: {kubernetes.io/service-name: s%1$d}}
      addressType: IPv4
      endpoints: [{addresses: [10.0.0.1], nodeName: n1}]
      """;

  private final Path temporary;
  private final int rounds;
  private final ConcurrentHashMap<String, Long> present = new ConcurrentHashMap<>();
  private volatile long lastChange;

  private BgpBench(Path temporary, int rounds) {
    this.temporary = temporary;
    this.rounds = rounds;
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20;
    Path temporary = Files.createTempDirectory("ballast-bench-bgp");
    Files.setPosixFilePermissions(
        temporary, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    BgpBench bench = new BgpBench(temporary, rounds);
    bench.ours();
    bench.gobgpd();
    bench.bird();
    System.exit(0);
  }

  private static void row(String what, List<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "%-62s median %6.1f ms  worst %6.1f ms  n=%d%n",
        what,
        sorted[sorted.length / 2] / 1e6,
        sorted[sorted.length - 1] / 1e6,
        sorted.length);
  }

  private Thread in(Wire wire, String host, Runnable body) {
    return Thread.ofPlatform()
        .daemon()
        .unstarted(() -> {
          try (Namespace network = Namespace.open(NamespaceKind.NET, wire.namespace(host))) {
            network.enter();
          }
          body.run();
        });
  }

  /** Keeps what is in the router's kernel, and since when. */
  private void watch(Wire wire) {
    present.clear();
    in(
            wire,
            "router",
            () -> {
              try (NetworkWatch watch = NetworkWatch.open()) {
                while (true) {
                  for (NetworkEvent event : watch.next(Duration.ofSeconds(1))) {
                    long now = System.nanoTime();
                    if (event instanceof NetworkEvent.RouteChanged(Route route)) {
                      present.put(route.destination().getHostAddress(), now);
                      lastChange = now;
                    } else if (event instanceof NetworkEvent.RouteGone(Route route)) {
                      present.remove(route.destination().getHostAddress());
                      lastChange = now;
                    }
                  }
                }
              }
            })
        .start();
  }

  private long appears(String address) throws InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      Long at = present.get(address);
      if (at != null) {
        return at;
      }
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException(address + " does not come into the kernel");
      }
      TimeUnit.MICROSECONDS.sleep(200);
    }
  }

  private long gone(String address) throws InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (present.containsKey(address)) {
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException(address + " does not leave the kernel");
      }
      TimeUnit.MICROSECONDS.sleep(200);
    }
    return lastChange;
  }

  private static String address(int number) {
    return "198.18." + (number >> 8) + "." + (number & 255);
  }

  private long count() {
    return present.keySet().stream().filter(a -> a.startsWith("198.18.")).count();
  }

  private void ours() throws Exception {
    Path objects = Files.createDirectory(temporary.resolve("objects"));
    Files.writeString(objects.resolve("all.yaml"), OBJECTS);
    try (Wire wire = new Wire(temporary)) {
      wire.frr(ROUTER.formatted("bfd profile fast"), "zebra", "bfdd", "bgpd");
      Eventually.holds("bgpd", LIMIT, () -> !wire.vtysh("show bgp summary").isEmpty());
      watch(wire);
      ThreadFactory threads = body -> in(wire, "node", body);
      SpeakerRole speaker;
      DirectoryStore store =
          DirectoryStore.open(objects, LoadBalancerKinds.SCHEME, threads, Duration.ofSeconds(1));
      InstantSource clock = InstantSource.system();
      speaker =
          new SpeakerRole(
              store,
              new SpeakerRole.Options(
                  new Speaker.Settings(
                      "n1",
                      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                      new byte[0],
                      Selection.standard(),
                      Timing.DEFAULT),
                  "",
                  false,
                  new BgpSpeaker.Settings("n1", 179, Duration.ZERO)),
              clock);
      RoleProcess process =
          new RoleProcess(
              List.of(speaker),
              threads,
              new PrometheusRegistry(),
              new AdminHandlers(),
              Duration.ofSeconds(5));
      CompletableFuture<Boolean> started = new CompletableFuture<>();
      in(
              wire,
              "node",
              () -> {
                try {
                  process.start();
                  started.complete(true);
                } catch (Exception e) {
                  started.completeExceptionally(e);
                }
              })
          .start();
      started.join();
      RunningRole controller = RunningRole.start(new ControllerRole(store, "", clock));
      List<Long> created = new ArrayList<>();
      for (int i = 0; i < rounds + 5; i++) {
        String service = SERVICE.formatted(i, address(i));
        Path beside = temporary.resolve("next.yaml");
        Files.writeString(beside, service);
        long begin = System.nanoTime();
        Files.move(beside, objects.resolve("s" + i + ".yaml"), StandardCopyOption.ATOMIC_MOVE);
        long took = appears(address(i)) - begin;
        if (i >= 5) {
          created.add(took);
        }
      }
      row("service created -> route in FRR's kernel (directory store)", created);

      // The node falls silent: nothing that it sends arrives.
      Eventually.holds("BFD", LIMIT, () -> wire.vtysh("show bfd peers brief").contains("up"));
      List<Long> silent = new ArrayList<>();
      List<Long> cease = new ArrayList<>();
      for (int i = 0; i < Math.max(5, rounds / 2); i++) {
        TimeUnit.MILLISECONDS.sleep(500);
        wire.in("node", "nft", "add", "table", "inet", "cut");
        Path rules =
            wire.file(
                "cut.nft",
                "add chain inet cut out { type filter hook output priority 0; policy drop; }\n");
        long begin = System.nanoTime();
        wire.in("node", "nft", "-f", rules.toString());
        silent.add(gone(address(0)) - begin);
        wire.in("node", "nft", "delete", "table", "inet", "cut");
        appears(address(0));
        Eventually.holds("BFD", LIMIT, () -> wire.vtysh("show bfd peers brief").contains("up"));
      }
      row("node silent, BFD 3x50 ms -> route gone from FRR's kernel", silent);
      String pid =
          Files.readString(
                  Path.of("/var/run/frr", wire.host("router").replace("-router", ""), "bfdd.pid"))
              .strip();
      for (int i = 0; i < 5; i++) {
        Eventually.holds(
            "session",
            LIMIT,
            () ->
                speaker.explained("").contains("Established")
                    && speaker.explained("").contains("BFD Up"));
        TimeUnit.MILLISECONDS.sleep(500);
        long begin = System.nanoTime();
        wire.in("router", "kill", "-STOP", pid);
        while (speaker.explained("").contains("Established")) {
          TimeUnit.MICROSECONDS.sleep(500);
        }
        cease.add(System.nanoTime() - begin);
        wire.in("router", "kill", "-CONT", pid);
      }
      row("FRR's bfdd stopped -> our Cease 6/10", cease);
      appears(address(0));

      // Many services at once: from the objects' arrival on.
      StringBuilder many = new StringBuilder();
      for (int i = 1_000; i < 1_000 + MANY; i++) {
        many.append(SERVICE.formatted(i, address(i))).append("---\n");
      }
      Path beside = temporary.resolve("many.yaml");
      Files.writeString(beside, many);
      long before = count();
      Files.move(beside, objects.resolve("many.yaml"), StandardCopyOption.ATOMIC_MOVE);
      long first = appears(address(1_000));
      Eventually.holds("all", LIMIT.multipliedBy(2), () -> count() >= before + MANY);
      System.out.printf(
          Locale.ROOT,
          "%-62s %.0f ms%n",
          MANY + " services: first route in the kernel -> last",
          (lastChange - first) / 1e6);
      process.close();
      controller.close();
      store.close();
      manyRoutes(wire);
    }
  }

  /** The speaker's part alone: all routes are known, and the session comes up. */
  private void manyRoutes(Wire wire) throws Exception {
    Eventually.holds("none left", LIMIT, () -> count() == 0);
    dev.ballast.loadbalancer.bgp.peering.ManyRoutes.announce(
        wire,
        MANY,
        begin -> {
          Eventually.holds("all", LIMIT, () -> count() >= MANY);
          System.out.printf(
              Locale.ROOT,
              "%-62s %.0f ms%n",
              MANY + " routes announced -> last in FRR's kernel: ballast",
              (lastChange - begin) / 1e6);
        });
  }

  private void gobgpd() throws Exception {
    Path gobgpd = ReferenceProgram.ofGoModule("gobgpd");
    Path gobgp = ReferenceProgram.ofGoModule("gobgp");
    try (Wire wire = new Wire(temporary)) {
      wire.frr(ROUTER.formatted("description gobgpd"), "zebra", "bgpd");
      Path file =
          wire.file(
              "gobgpd.toml",
              """
              [global.config]
                as = 64512
                router-id = "10.88.0.2"
              [[neighbors]]
                [neighbors.config]
                  neighbor-address = "10.88.0.1"
                  peer-as = 64513
                [neighbors.timers.config]
                  connect-retry = 5
              """);
      wire.start(
          "node",
          "gobgpd.log",
          gobgpd.toString(),
          "-f",
          file.toString(),
          "--api-hosts",
          "127.0.0.1:50051",
          "--pprof-disable");
      watch(wire);
      Eventually.holds(
          "session", LIMIT, () -> wire.in("node", gobgp.toString(), "neighbor").contains("Establ"));
      List<Long> added = new ArrayList<>();
      List<Long> cli = new ArrayList<>();
      for (int i = 0; i < rounds + 5; i++) {
        long begin = System.nanoTime();
        wire.in(
            "node",
            gobgp.toString(),
            "global",
            "rib",
            "add",
            address(i) + "/32",
            "nexthop",
            "10.88.0.2");
        long took = appears(address(i)) - begin;
        long none = System.nanoTime();
        wire.in("node", gobgp.toString(), "global");
        if (i >= 5) {
          added.add(took);
          cli.add(System.nanoTime() - none);
        }
      }
      row("gobgp rib add -> route in FRR's kernel", added);
      row("  of which the command alone (gobgp global)", cli);
    }
  }

  private void bird() throws Exception {
    Path bird = ReferenceProgram.required("bird");
    String birdc = ReferenceProgram.required("birdc").toString();
    try (Wire wire = new Wire(temporary)) {
      wire.frr(ROUTER.formatted("description bird"), "zebra", "bgpd");
      StringBuilder routes = new StringBuilder();
      for (int i = 1_000; i < 1_000 + MANY; i++) {
        routes.append("route ").append(address(i)).append("/32 blackhole;\n");
      }
      Path file =
          wire.file(
              "bird-bench.conf",
              """
              router id 10.88.0.2;
              protocol device {}
              protocol static many { disabled; ipv4; %s }
              protocol bgp n {
                local 10.88.0.2 as 64512; neighbor 10.88.0.1 as 64513; connect retry time 1;
                ipv4 { import none; export all; next hop self; };
              }
              """
                  .formatted(routes));
      Path control = temporary.resolve("bird-bench.ctl");
      wire.start(
          "node",
          "bird-bench.log",
          bird.toString(),
          "-f",
          "-c",
          file.toString(),
          "-s",
          control.toString(),
          "-P",
          temporary.resolve("bird-bench.pid").toString());
      watch(wire);
      Eventually.holds(
          "session",
          LIMIT,
          () ->
              wire.in("node", birdc, "-s", control.toString(), "show protocols")
                  .contains("Established"));
      long begin = System.nanoTime();
      wire.in("node", birdc, "-s", control.toString(), "enable many");
      Eventually.holds("all", LIMIT, () -> count() >= MANY);
      System.out.printf(
          Locale.ROOT,
          "%-62s %.0f ms%n",
          MANY + " routes announced -> last in FRR's kernel: bird",
          (lastChange - begin) / 1e6);
    }
  }
}
