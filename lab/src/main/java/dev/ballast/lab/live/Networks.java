package dev.ballast.lab.live;

import dev.ballast.lab.rack.Step;
import dev.ballast.linux.namespace.NamedNetwork;
import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.netlink.InterfaceAddress;
import dev.ballast.linux.netlink.Route;
import dev.ballast.linux.netlink.RouteSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The network namespaces that a lab has made, and the steps of a plan done in them. */
final class Networks implements AutoCloseable {
  private final Journal journal;
  private final Inside inside;
  private final Map<String, Network> networks = new LinkedHashMap<>();

  /** One namespace and the socket that changes it. */
  private record Network(Namespace namespace, RouteSocket routes) {}

  Networks(Journal journal, Inside inside) {
    this.journal = journal;
    this.inside = inside;
  }

  void perform(Step step) {
    switch (step) {
      case Step.Network network -> make(network.network());
      case Step.Bridge bridge -> {
        RouteSocket routes = routes(bridge.network());
        routes.addBridge(bridge.name());
        routes.setUp(routes.requireLink(bridge.name()).index());
      }
      case Step.Cable cable -> connect(cable);
      case Step.Address(String network, var port) -> {
        RouteSocket routes = routes(network);
        int link = routes.requireLink(port.name()).index();
        routes.add(InterfaceAddress.of(link, port.address(), port.prefix()));
      }
      case Step.Setting(String network, String key, String value) -> set(network, key, value);
      case Step.Route(String network, var way) ->
          routes(network).add(Route.via(way.destination(), way.prefix(), way.gateway()));
    }
  }

  private void make(String name) {
    if (Files.exists(NamedNetwork.path(name))) {
      throw new LabFailure(
          "there is a network namespace " + name + " that this lab did not make",
          "give another --id, or delete it: ip netns delete " + name);
    }
    journal.will(name);
    // Here, and not in a thread that changed its mount namespace: the name is for everyone to see.
    Namespace namespace = inside.fresh(() -> NamedNetwork.create(name));
    journal.made(name, namespace.id());
    RouteSocket routes = inside.call(namespace, RouteSocket::open);
    networks.put(name, new Network(namespace, routes));
    routes.setUp(routes.requireLink("lo").index());
  }

  private void connect(Step.Cable cable) {
    RouteSocket switches = routes(cable.switchNetwork());
    RouteSocket host = routes(cable.network());
    switches.addVeth(cable.plug(), cable.port(), namespace(cable.network()));
    int port = host.requireLink(cable.port()).index();
    host.setMac(port, cable.mac());
    int plug = switches.requireLink(cable.plug()).index();
    switches.setMaster(plug, switches.requireLink(cable.bridge()).index());
    switches.setUp(plug);
    host.setUp(port);
  }

  // The kernel shows each thread the settings of its own network namespace.
  private void set(String network, String key, String value) {
    Path file = Path.of("/proc/sys/" + key.replace('.', '/'));
    inside.call(namespace(network), () -> Files.writeString(file, value));
  }

  Namespace namespace(String network) {
    return network(network).namespace();
  }

  /** Changes the network of a host; one caller at a time. */
  RouteSocket routes(String network) {
    return network(network).routes();
  }

  private Network network(String name) {
    Network network = networks.get(name);
    if (network == null) {
      throw new IllegalArgumentException("there is no network " + name + " in this lab");
    }
    return network;
  }

  /** Removes all names; the kernel removes what was in them with their last user. */
  @Override
  public void close() {
    List<String> names = new ArrayList<>(networks.keySet());
    for (String name : names.reversed()) {
      network(name).routes().close();
      network(name).namespace().close();
      NamedNetwork.delete(name);
    }
    networks.clear();
  }
}
