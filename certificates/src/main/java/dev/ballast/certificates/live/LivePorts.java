package dev.ballast.certificates.live;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Looks at the ports of a node: probes them all, compares with the files, names the processes. */
public final class LivePorts {
  private final Probe probe;
  private final Listeners listeners;
  private final Function<Path, Optional<X509Certificate>> files;

  /**
   * @param files reads the first certificate of a file, empty when there is none that can be read
   */
  public LivePorts(
      Probe probe, Listeners listeners, Function<Path, Optional<X509Certificate>> files) {
    this.probe = probe;
    this.listeners = listeners;
    this.files = files;
  }

  public List<LivePort> look(List<Endpoint> endpoints) {
    var seen = probe.all(endpoints.stream().map(Endpoint::address).toList());
    var ports =
        endpoints.stream()
            .filter(endpoint -> isLocal(endpoint))
            .map(endpoint -> endpoint.address().getPort())
            .collect(Collectors.toSet());
    var processes = listeners.at(ports);
    return endpoints.stream()
        .map(endpoint ->
            new LivePort(
                endpoint,
                Freshness.of(
                    seen.getOrDefault(endpoint.address(), new Observation.Silent("was not asked")),
                    endpoint.file().flatMap(files)),
                isLocal(endpoint)
                    ? Optional.ofNullable(processes.get(endpoint.address().getPort()))
                    : Optional.empty()))
        .toList();
  }

  private static boolean isLocal(Endpoint endpoint) {
    var address = endpoint.address().getAddress();
    if (address == null) {
      return false;
    }
    try {
      return address.isLoopbackAddress()
          || address.isAnyLocalAddress()
          || java.net.NetworkInterface.getByInetAddress(address) != null;
    } catch (java.net.SocketException e) {
      return false;
    }
  }
}
