package dev.ballast.lab.rack;

import dev.ballast.linux.netlink.MacAddress;

/** One thing to make. */
public sealed interface Step {
  /** The named network namespace that it is made in, or that is made. */
  String network();

  /** A named network namespace, its loopback up. */
  record Network(String network) implements Step {
    @Override
    public String toString() {
      return "network namespace " + network;
    }
  }

  /** A switch. */
  record Bridge(String network, String name) implements Step {
    @Override
    public String toString() {
      return "bridge " + name + " in " + network;
    }
  }

  /** A cable from a host's port to a switch: a veth pair, both ends up. */
  record Cable(
      String network, String port, MacAddress mac, String switchNetwork, String plug, String bridge)
      implements Step {
    @Override
    public String toString() {
      return "cable %s (%s) in %s to %s at %s".formatted(port, mac, network, plug, bridge);
    }
  }

  /** An address of a port. */
  record Address(String network, Port port) implements Step {
    @Override
    public String toString() {
      return "address %s/%d on %s in %s"
          .formatted(port.address().getHostAddress(), port.prefix(), port.name(), network);
    }
  }

  /** A kernel setting of one network namespace. */
  record Setting(String network, String key, String value) implements Step {
    @Override
    public String toString() {
      return "setting %s=%s in %s".formatted(key, value, network);
    }
  }

  /** A route. */
  record Route(String network, Way way) implements Step {
    @Override
    public String toString() {
      return "route %s/%d via %s in %s"
          .formatted(
              way.destination().getHostAddress(),
              way.prefix(),
              way.gateway().getHostAddress(),
              network);
    }
  }
}
