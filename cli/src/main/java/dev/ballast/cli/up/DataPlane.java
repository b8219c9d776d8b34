package dev.ballast.cli.up;

import static java.lang.System.Logger.Level.WARNING;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.netlink.InterfaceAddress;
import dev.ballast.linux.netlink.RouteSocket;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Snapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Collectors;

/**
 * What kube-proxy is on a node: every node takes connections to every service's address, and who
 * gets the packets is a matter of ARP. The addresses lie on the loopback, from where the kernel
 * does not announce them.
 */
final class DataPlane implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(DataPlane.class.getName());
  private static final int HOST_BITS = 32;

  private final String node;
  private final RouteSocket routes;
  private final int loopback;
  private final ThreadFactory tasks;
  private final Map<String, Forwarder> forwarders = new TreeMap<>();
  private ObjectStore.Subscription subscription = () -> {};

  private DataPlane(String node, RouteSocket routes, ThreadFactory tasks) {
    this.node = node;
    this.routes = routes;
    this.tasks = tasks;
    loopback = routes.requireLink("lo").index();
  }

  /** Follows the objects of a home on the node that the calling thread is on. */
  static DataPlane open(String node, ObjectStore home, ThreadFactory tasks) {
    DataPlane plane = new DataPlane(node, RouteSocket.open(), tasks);
    plane.subscription = home.watch(plane::follow);
    return plane;
  }

  private synchronized void follow(Snapshot snapshot) {
    Map<String, Target> targets = Target.of(snapshot, node);
    Set<InetAddress> wanted =
        targets.values().stream()
            .map(target -> target.at().getAddress())
            .collect(Collectors.toSet());
    closeForwarders(targets.keySet());
    alignAddresses(wanted);
    targets.forEach(this::forward);
  }

  private void closeForwarders(Set<String> wanted) {
    forwarders
        .entrySet()
        .removeIf(entry -> {
          if (wanted.contains(entry.getKey())) {
            return false;
          }
          try {
            entry.getValue().close();
          } catch (IOException e) {
            LOG.log(WARNING, "closing " + entry.getKey() + ": " + e.getMessage());
          }
          return true;
        });
  }

  private void alignAddresses(Set<InetAddress> wanted) {
    Set<InetAddress> present =
        routes.addresses().stream()
            .filter(address -> address.link() == loopback && address.prefix() == HOST_BITS)
            .map(InterfaceAddress::address)
            .filter(address -> !address.isLoopbackAddress())
            .collect(Collectors.toSet());
    for (InetAddress address : present) {
      if (!wanted.contains(address)) {
        tryTo(() -> routes.delete(InterfaceAddress.of(loopback, address, HOST_BITS)));
      }
    }
    for (InetAddress address : wanted) {
      if (!present.contains(address)) {
        tryTo(() -> routes.add(InterfaceAddress.of(loopback, address, HOST_BITS)));
      }
    }
  }

  private static void tryTo(Runnable change) {
    try {
      change.run();
    } catch (LinuxException e) {
      LOG.log(WARNING, "address of a service: " + e.getMessage());
    }
  }

  private void forward(String key, Target target) {
    Forwarder forwarder = forwarders.get(key);
    if (forwarder != null) {
      forwarder.retarget(target);
      return;
    }
    try {
      forwarders.put(key, Forwarder.open(target, tasks));
    } catch (IOException e) {
      LOG.log(WARNING, "cannot take connections at " + target.at() + ": " + e.getMessage());
    }
  }

  @Override
  public void close() {
    subscription.close();
    synchronized (this) {
      closeForwarders(Set.of());
    }
    routes.close();
  }
}
