package dev.ballast.cli.up;

import dev.ballast.lab.live.Lab;
import dev.ballast.lab.live.Machine;
import dev.ballast.lab.live.Program;
import dev.ballast.linux.netlink.MacAddress;
import dev.ballast.linux.netlink.Neighbour;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The lab's nodes as processes, and what can be asked of them from the client's side. */
final class Cluster {
  /** A node needs about a second; this is for machines with much else to do. */
  private static final Duration START = Duration.ofSeconds(60);

  private static final Duration LISTEN = Duration.ofMillis(150);

  private final Lab lab;
  private final Path objects;
  private final Screen screen;
  private final Map<String, CountDownLatch> ready = new ConcurrentHashMap<>();

  Cluster(Lab lab, Path objects, Screen screen) {
    this.lab = lab;
    this.objects = objects;
    this.screen = screen;
  }

  Lab lab() {
    return lab;
  }

  /** Starts what only has to be there. */
  void startIdle() {
    for (String host : Topology.IDLE) {
      lab.start(host, Program.idle(), _ -> {});
    }
  }

  /** Starts a node; {@link #awaitReady} tells when it takes part. */
  void startNode(String node) {
    CountDownLatch latch = new CountDownLatch(1);
    ready.put(node, latch);
    String address = lab.rack().host(node).address().getHostAddress();
    lab.start(
        node,
        new Program(
            JavaCommand.small(
                List.of(
                    "up-host", "--node=" + node, "--address=" + address, "--objects=" + objects)),
            Map.of()),
        line -> {
          if (line.equals(HostCommand.READY)) {
            latch.countDown();
          } else {
            screen.step(node + ": " + line);
          }
        });
  }

  void awaitReady(String node) throws InterruptedException {
    long until = System.nanoTime() + START.toNanos();
    CountDownLatch latch = ready.getOrDefault(node, new CountDownLatch(0));
    while (!latch.await(50, TimeUnit.MILLISECONDS)) {
      boolean alive = machine(node).isAlive();
      if (!alive || System.nanoTime() - until > 0) {
        throw new UpFailure(
            "node %s %s: %s"
                .formatted(
                    node,
                    alive ? "was not ready within " + START.toSeconds() + " s" : "ended at once",
                    lastWords(node)),
            "read " + lab.log(node));
      }
    }
  }

  private String lastWords(String node) {
    try {
      List<String> lines = Files.readAllLines(lab.log(node));
      return lines.isEmpty() ? "it said nothing" : lines.getLast();
    } catch (IOException e) {
      return "its log can not be read";
    }
  }

  Machine machine(String host) {
    return lab.machine(host)
        .orElseThrow(() -> new IllegalStateException("host " + host + " was not started"));
  }

  /** Asks the client's link who has an address: the names of all hosts that answer. */
  Set<String> whoAnswersFor(InetAddress address) {
    InetAddress own = lab.rack().host(Topology.CLIENT).address();
    List<MacAddress> answers =
        lab.inside(Topology.CLIENT, () -> ArpQuestion.ask("eth0", own, address, LISTEN));
    Set<String> names = new LinkedHashSet<>();
    answers.forEach(mac -> names.add(hostOf(mac)));
    return names;
  }

  private String hostOf(MacAddress mac) {
    return lab.rack().hosts().stream()
        .filter(host -> host.ports().stream().anyMatch(port -> port.mac().equals(mac)))
        .map(host -> host.name())
        .findFirst()
        .orElse("a stranger " + mac);
  }

  /** What the client's kernel holds about an address. */
  Optional<Neighbour> neighbour(InetAddress address) {
    return lab.routes(Topology.CLIENT).neighbours().stream()
        .filter(neighbour -> neighbour.address().equals(address))
        .findFirst();
  }

  /** The host that the client's kernel sends packets for an address to. */
  Optional<String> neighbourHost(InetAddress address) {
    return neighbour(address).flatMap(Neighbour::mac).map(this::hostOf);
  }

  /** As {@code ip neigh} prints it. */
  String neighbourLine(InetAddress address) {
    return neighbour(address)
        .map(neighbour ->
            "%s dev eth0 lladdr %s (%s)"
                .formatted(
                    address.getHostAddress(),
                    neighbour.mac().map(MacAddress::toString).orElse("none"),
                    neighbour.mac().map(this::hostOf).orElse("nobody")))
        .orElse(address.getHostAddress() + " is not known");
  }

  /** Fetches once from a host through the kernel's TCP. */
  Optional<String> fetch(String from, InetAddress address) {
    return lab.inside(
        from, () -> Fetching.fetch(new InetSocketAddress(address, Topology.SERVICE_PORT)));
  }
}
