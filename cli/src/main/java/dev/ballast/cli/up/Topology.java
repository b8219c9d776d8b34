package dev.ballast.cli.up;

import dev.ballast.lab.rack.Host;
import dev.ballast.lab.rack.Port;
import dev.ballast.lab.rack.Rack;
import dev.ballast.lab.rack.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What {@code up} shows: three nodes and a client on one switch, a router to a second network, and
 * a visitor there.
 */
final class Topology {
  static final List<String> NODES = List.of("n1", "n2", "n3");
  static final String CLIENT = "client";
  static final String VISITOR = "visitor";
  static final String ROUTER = "router";

  /** What only has to be there, without a program of Ballast's. */
  static final List<String> IDLE = List.of(ROUTER, CLIENT, VISITOR);

  static final String POOL = "10.77.0.200-10.77.0.219";

  /** The services, and the port of their backend on each node. */
  static final Map<String, Integer> SERVICES = Map.of("web", 8080, "api", 8081);

  static final int SERVICE_PORT = 80;

  /** MetalLB's own port of the controller, on the router. */
  static final int CONTROLLER_PORT = 9120;

  /**
   * The kernel must answer ARP for nothing but a port's own addresses, since that of the services'
   * is Ballast's work; and it must not give a service's address as its own when it asks.
   */
  private static final Map<String, String> NODE_SETTINGS =
      Map.of("net.ipv4.conf.all.arp_ignore", "1", "net.ipv4.conf.all.arp_announce", "2");

  private Topology() {}

  static Rack rack(String id) {
    List<Host> hosts = new ArrayList<>();
    List<Way> byRouter = List.of(Way.of("0.0.0.0/0", "10.77.0.1"));
    int last = 11;
    for (String node : NODES) {
      hosts.add(new Host(node, List.of(lan("10.77.0." + last)), byRouter, NODE_SETTINGS));
      last++;
    }
    hosts.add(
        new Host(
            ROUTER,
            List.of(lan("10.77.0.1"), Port.of("eth1", "far", "10.77.1.1/24")),
            List.of(),
            Map.of("net.ipv4.ip_forward", "1")));
    hosts.add(new Host(CLIENT, List.of(lan("10.77.0.50")), byRouter, Map.of()));
    hosts.add(
        new Host(
            VISITOR,
            List.of(Port.of("eth0", "far", "10.77.1.50/24")),
            List.of(Way.of("0.0.0.0/0", "10.77.1.1")),
            Map.of()));
    return new Rack(id, List.of("lan", "far"), hosts);
  }

  private static Port lan(String address) {
    return Port.of("eth0", "lan", address + "/24");
  }
}
