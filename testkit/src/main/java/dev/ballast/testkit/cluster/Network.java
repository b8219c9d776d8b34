package dev.ballast.testkit.cluster;

import dev.ballast.testkit.Ran;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The network of a cluster: a namespace a node, and one outside of them with the bridge that joins
 * them. Nothing of it is seen in the network of the machine.
 */
final class Network {
  private static final String SUBNET = "10.77.0.";
  static final String OUTSIDE_ADDRESS = SUBNET + "1";
  static final String POD_SUBNET = "10.244.0.0/16";

  private final String prefix;

  private Network(String prefix) {
    this.prefix = prefix;
  }

  static String nodeAddress(int number) {
    return SUBNET + (10 + number);
  }

  /** Returns the pods' subnet of a node, as the controller manager gives them out in order. */
  static String podSubnet(int number) {
    return "10.244." + (number - 1) + ".0/24";
  }

  static Network create(String prefix, int nodes) throws IOException, InterruptedException {
    Network network = new Network(prefix);
    network.batch(
        """
        netns add %1$s-outside
        """
            .formatted(prefix));
    network.inside(
        network.outside(),
        """
        link set lo up
        link add br0 type bridge forward_delay 0
        address add %s/24 dev br0
        link set br0 up
        """
            .formatted(OUTSIDE_ADDRESS));
    for (int number = 1; number <= nodes; number++) {
      network.add(number, nodes);
    }
    return network;
  }

  private void add(int number, int nodes) throws IOException, InterruptedException {
    batch("netns add " + node(number) + "\n");
    inside(
        outside(),
        """
        link add node%1$d type veth peer name eth0 netns %2$s
        link set node%1$d master br0 up
        """
            .formatted(number, node(number)));
    var routes = new StringBuilder();
    for (int other = 1; other <= nodes; other++) {
      if (other != number) {
        routes.append("route add %s via %s%n".formatted(podSubnet(other), nodeAddress(other)));
      }
    }
    inside(
        node(number),
        """
        link set lo up
        address add %s/24 dev eth0
        link set eth0 up
        route add default via %s
        %s\
        """
            .formatted(nodeAddress(number), OUTSIDE_ADDRESS, routes));
    Ran.ok("ip", "netns", "exec", node(number), "sysctl", "-qw", "net.ipv4.ip_forward=1");
  }

  String node(int number) {
    return prefix + "-node" + number;
  }

  String outside() {
    return prefix + "-outside";
  }

  private void batch(String lines) throws IOException, InterruptedException {
    run(List.of("ip", "-batch", "-"), lines);
  }

  private void inside(String namespace, String lines) throws IOException, InterruptedException {
    run(List.of("ip", "-netns", namespace, "-batch", "-"), lines);
  }

  private static void run(List<String> command, String input)
      throws IOException, InterruptedException {
    Ran.of(Path.of("."), Map.of(), new ArrayList<>(command), input).orFail();
  }
}
