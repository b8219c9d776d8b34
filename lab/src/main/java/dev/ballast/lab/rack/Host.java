package dev.ballast.lab.rack;

import java.util.List;
import java.util.Map;

/**
 * A machine of the rack.
 *
 * @param routes beyond what its ports reach directly
 * @param settings kernel settings of its network, as {@code net.ipv4.ip_forward}
 */
public record Host(String name, List<Port> ports, List<Way> routes, Map<String, String> settings) {
  public Host {
    ports = List.copyOf(ports);
    routes = List.copyOf(routes);
    settings = Map.copyOf(settings);
    settings
        .keySet()
        .forEach(key -> {
          if (!key.matches("net(\\.[A-Za-z0-9_-]+)+")) {
            throw new IllegalArgumentException("not a setting of a network: " + key);
          }
        });
  }

  /** The first port's address, by which others know the host. */
  public java.net.InetAddress address() {
    return ports.getFirst().address();
  }
}
