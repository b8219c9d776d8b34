package dev.ballast.lab.rack;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Hosts and the segments (switches) that connect them.
 *
 * @param id what tells this rack from others on the same machine; part of every name it makes
 * @param segments names of the switches
 */
public record Rack(String id, List<String> segments, List<Host> hosts) {
  private static final Pattern ID = Pattern.compile("[a-z0-9]{3,12}");
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]{0,7}");

  /** The namespace that holds the switches has a name beside the hosts. */
  private static final String SWITCH = "switch";

  public Rack {
    segments = List.copyOf(segments);
    hosts = List.copyOf(hosts);
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("not an id of a rack (3 to 12 of a-z 0-9): " + id);
    }
    Set<String> names = new HashSet<>(Set.of(SWITCH));
    segments.forEach(segment -> requireNew(names, segment));
    Set<InetAddress> addresses = new HashSet<>();
    for (Host host : hosts) {
      requireNew(names, host.name());
      for (Port port : host.ports()) {
        if (!segments.contains(port.segment())) {
          throw new IllegalArgumentException(
              "host=%s port=%s leads to the unknown segment %s"
                  .formatted(host.name(), port.name(), port.segment()));
        }
        if (!addresses.add(port.address())) {
          throw new IllegalArgumentException(
              "host=%s port=%s has an address that is given already: %s"
                  .formatted(host.name(), port.name(), port.address().getHostAddress()));
        }
      }
    }
  }

  private static void requireNew(Set<String> names, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "not a name in a rack (a letter, then up to 7 of a-z 0-9): " + name);
    }
    if (!names.add(name)) {
      throw new IllegalArgumentException("the name is given twice: " + name);
    }
  }

  /** What every name that this rack makes on the machine begins with. */
  public String prefix() {
    return "blt-" + id + "-";
  }

  /** The network namespace of a host. */
  public String network(String host) {
    return prefix() + host(host).name();
  }

  /** The network namespace that holds the switches. */
  public String switchNetwork() {
    return prefix() + SWITCH;
  }

  /** The host of that name. */
  public Host host(String name) {
    return hosts.stream()
        .filter(host -> host.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("rack " + id + " has no host " + name));
  }
}
