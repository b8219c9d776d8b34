package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Selection;
import dev.ballast.loadbalancer.membership.Lease;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

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
  private final Runnable opened;
  private final Map<String, ArpPort> ports = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * Opens nothing yet.
   *
   * @param opened called when there is another interface, on which nothing was announced yet
   */
  ArpPorts(
      Network network,
      Selection selection,
      Supplier<Announced> announced,
      Lease lease,
      Counters counters,
      ArpPort.Conflicts conflicts,
      ThreadFactory threads,
      Runnable opened) {
    this.network = network;
    this.selection = selection;
    this.announced = announced;
    this.lease = lease;
    this.counters = counters;
    this.conflicts = conflicts;
    this.threads = threads;
    this.opened = opened;
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
    for (Network.Link link : links) {
      var objection =
          selection.objection(
              new Selection.Link(link.name(), link.up(), link.arp(), link.hasMaster()));
      if (objection.isPresent()) {
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
    if (another) {
      opened.run();
    }
  }

  private boolean open(Network.Link link) {
    try {
      ArpPort port = new ArpPort(link, network.open(link), announced, lease, counters, conflicts);
      ports.put(link.name(), port);
      port.listenFor(announced.get());
      port.start(threads);
      LOG.log(Level.INFO, () -> "answering ARP on " + link.name() + " (" + link.mac() + ")");
      return true;
    } catch (IOException e) {
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
