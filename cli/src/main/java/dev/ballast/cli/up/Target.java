package dev.ballast.cli.up;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.objects.EndpointSlice;
import dev.ballast.objects.Service;
import dev.ballast.objects.Snapshot;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where connections to a service's address and port go.
 *
 * @param backends in the order of preference: this node's own first, since another one's may have
 *     died without anybody having said so
 */
record Target(String service, InetSocketAddress at, List<InetSocketAddress> backends) {
  Target {
    backends = List.copyOf(backends);
  }

  /** All that a node has to take connections for, by address and port. */
  static Map<String, Target> of(Snapshot snapshot, String node) {
    Map<String, Target> targets = new TreeMap<>();
    for (Service service : snapshot.all(Service.class)) {
      for (String ingress : service.status().ingress()) {
        Optional<InetAddress> address = ipv4(ingress);
        for (Service.Port port : service.spec().ports()) {
          if (address.isPresent() && port.protocol().equals("TCP")) {
            InetSocketAddress at = new InetSocketAddress(address.get(), port.port());
            String name = service.metadata().namespace() + "/" + service.metadata().name();
            targets.putIfAbsent(
                at.toString(), new Target(name, at, backends(snapshot, service, port, node)));
          }
        }
      }
    }
    return targets;
  }

  /** The address, if it is one that the lab's networks carry; a status may hold anything. */
  private static Optional<InetAddress> ipv4(String text) {
    return Address.parse(text)
        .filter(address -> address.family() == Family.IPV4)
        .map(Address::inetAddress);
  }

  private static List<InetSocketAddress> backends(
      Snapshot snapshot, Service service, Service.Port port, String node) {
    record Backend(boolean remote, InetSocketAddress at) {}
    List<Backend> backends = new ArrayList<>();
    for (EndpointSlice slice : snapshot.all(EndpointSlice.class)) {
      boolean ours =
          slice.metadata().namespace().equals(service.metadata().namespace())
              && slice.service().filter(service.metadata().name()::equals).isPresent();
      if (!ours) {
        continue;
      }
      for (EndpointSlice.Port backendPort : slice.ports()) {
        if (!backendPort.name().equals(port.name())) {
          continue;
        }
        for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
          if (endpoint.canServe()) {
            for (String address : endpoint.addresses()) {
              ipv4(address)
                  .map(ip -> new InetSocketAddress(ip, backendPort.port()))
                  .ifPresent(
                      at -> backends.add(new Backend(!endpoint.nodeName().equals(node), at)));
            }
          }
        }
      }
    }
    return backends.stream()
        .sorted(Comparator.comparing(Backend::remote))
        .map(Backend::at)
        .toList();
  }
}
