package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Mac;
import dev.ballast.loadbalancer.layer2.Selection;
import dev.ballast.loadbalancer.membership.Heartbeat;
import dev.ballast.loadbalancer.membership.Lease;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The interfaces that a speaker answers on: opened when they appear or come up, closed when they
 * go, as the kernel tells it.
 */
final class ArpPorts implements AutoCloseable {
  private static final Logger LOG = System.getLogger(ArpPorts.class.getName());
  private static final Duration WAIT = Duration.ofSeconds(1);

  private final Network network;
  private final Selection selection;
  private final Supplier<Announced> announced;
  private final Lease lease;
  private final Counters counters;
  private final ArpPort.Conflicts conflicts;
  private final ThreadFactory threads;
  private final Runnable changed;
  private final Map<String, ArpPort> ports = new ConcurrentHashMap<>();
  private final Map<String, String> refused = new ConcurrentHashMap<>();
  private volatile Set<Mac> own = Set.of();
  private volatile boolean closed;

  /**
   * Opens nothing yet.
   *
   * @param changed called when the interfaces that there are answers on have changed
   */
  ArpPorts(
      Network network,
      Selection selection,
      Supplier<Announced> announced,
      Lease lease,
      Counters counters,
      ArpPort.Conflicts conflicts,
      ThreadFactory threads,
      Runnable changed) {
    this.network = network;
    this.selection = selection;
    this.announced = announced;
    this.lease = lease;
    this.counters = counters;
    this.conflicts = conflicts;
    this.threads = threads;
    this.changed = changed;
  }

  /** Opens what there is, and goes on watching. */
  void start() throws IOException {
    refresh();
    Thread watching = threads.newThread(this::watch);
    watching.setName("links");
    watching.start();
  }

  private void watch() {
    while (!closed) {
      try {
        if (network.awaitChange(WAIT)) {
          refresh();
        }
      } catch (IOException e) {
        if (!closed) {
          LOG.log(Level.WARNING, () -> "watching the interfaces: " + e.getMessage());
          LockSupport.parkNanos(WAIT.toNanos());
        }
      }
    }
  }

  private synchronized void refresh() throws IOException {
    if (closed) {
      return;
    }
    List<Network.Link> links = network.links();
    Set<String> fit = new TreeSet<>();
    boolean another = false;
    own = links.stream().map(Network.Link::mac).collect(Collectors.toUnmodifiableSet());
    refused.keySet().retainAll(links.stream().map(Network.Link::name).toList());
    Set<Heartbeat.Link> before = able();
    for (Network.Link link : links) {
      var objection =
          selection.objection(
              new Selection.Link(link.name(), link.up(), link.arp(), link.hasMaster()));
      if (objection.isPresent()) {
        refused.put(link.name(), objection.get());
        continue;
      }
      fit.add(link.name());
      ArpPort present = ports.get(link.name());
      if (present != null && !present.link().equals(link)) {
        close(link.name());
        present = null;
      }
      if (present == null) {
        another |= open(link);
      }
    }
    for (String name : new ArrayList<>(ports.keySet())) {
      if (!fit.contains(name)) {
        close(name);
      }
    }
    if (another || !able().equals(before)) {
      changed.run();
    }
  }

  private boolean open(Network.Link link) {
    try {
      ArpPort port = new ArpPort(link, network.open(link), announced, lease, counters, conflicts);
      ports.put(link.name(), port);
      port.listenFor(announced.get());
      port.start(threads);
      refused.remove(link.name());
      LOG.log(Level.INFO, () -> "answering ARP on " + link.name() + " (" + link.mac() + ")");
      return true;
    } catch (IOException e) {
      refused.put(link.name(), e.getMessage() + " (it needs CAP_NET_RAW)");
      LOG.log(
          Level.WARNING,
          () ->
              "cannot answer ARP on %s: %s; it needs CAP_NET_RAW in this network namespace"
                  .formatted(link.name(), e.getMessage()));
      return false;
    }
  }

  private void close(String name) {
    ArpPort port = ports.remove(name);
    if (port != null) {
      port.close();
      LOG.log(Level.INFO, () -> "no longer answering ARP on " + name);
    }
  }

  /** The names of the interfaces that there are answers on. */
  Set<String> names() {
    return new TreeSet<>(ports.keySet());
  }

  /** Lets packets about these addresses through, and no others. */
  void listenFor(Announced now) {
    ports.values().forEach(port -> port.listenFor(now));
  }

  /** Where it answers, as other speakers need to know. */
  Set<Heartbeat.Link> able() {
    Set<Heartbeat.Link> able = new HashSet<>();
    ports
        .values()
        .forEach(p -> able.add(new Heartbeat.Link(p.link().name(), p.link().mac().bits())));
    return able;
  }

  /** The Ethernet address of one of its interfaces. */
  Optional<Mac> mac(String link) {
    return Optional.ofNullable(ports.get(link)).map(port -> port.link().mac());
  }

  /** Whether an Ethernet address is that of an interface of this node. */
  boolean own(Mac mac) {
    return own.contains(mac);
  }

  /** Why it answers on no interface; nothing if it does on some. */
  Optional<String> unable() {
    if (!ports.isEmpty()) {
      return Optional.empty();
    }
    String each =
        refused.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(one -> one.getKey() + ": " + one.getValue())
            .collect(Collectors.joining("; "));
    return Optional.of(
        "there is no interface to answer on"
            + (each.isEmpty() ? "" : ": " + each)
            + "; other speakers take over until there is one");
  }

  /** Asks on every interface whether another station has an address. */
  void probe(Address address) {
    ports.values().forEach(port -> port.probe(address));
  }

  /** Says on every interface of an address that it is here. */
  void announce(Address address, Announced now) {
    ports.values().stream()
        .filter(port -> now.on(address, port.link().name()))
        .forEach(port -> port.announce(address));
  }

  @Override
  public synchronized void close() {
    closed = true;
    new ArrayList<>(ports.keySet()).forEach(this::close);
    network.close();
  }
}
