package dev.ballast.mesh.model;

import java.util.Map;
import java.util.OptionalInt;

/**
 * An endpoint of a service.
 *
 * @param address an IP address, a name or {@code unix:///path}
 * @param ports by the names of the service's ports
 * @param namedOnly whether it has only those ports; otherwise also the service's target ports
 * @param workload the name of its workload; empty when it is not known
 * @param mtls whether it takes Istio's mutual TLS
 * @param isHealthy whether its health is known to be good
 */
public record MeshEndpoint(
    String address,
    Map<String, Integer> ports,
    boolean namedOnly,
    Map<String, String> labels,
    int weight,
    String locality,
    String serviceAccount,
    String namespace,
    String workload,
    boolean mtls,
    boolean isHealthy) {
  public MeshEndpoint {
    ports = Map.copyOf(ports);
    labels = Map.copyOf(labels);
  }

  public boolean isUnix() {
    return address.startsWith("unix://");
  }

  public boolean isIp() {
    return Addresses.isIp(address);
  }

  /** Returns its port for a port of the service. */
  public OptionalInt port(MeshPort port) {
    Integer named = ports.get(port.name());
    if (named != null) {
      return OptionalInt.of(named);
    }
    return namedOnly ? OptionalInt.empty() : OptionalInt.of(port.targetPort());
  }

  /** Whether it has all these labels. */
  public boolean has(Map<String, String> wanted) {
    return wanted.entrySet().stream()
        .allMatch(each -> each.getValue().equals(labels.get(each.getKey())));
  }

  /** Returns {@code spiffe://TRUST/ns/NAMESPACE/sa/ACCOUNT}; empty without an account. */
  public String identity(String trustDomain) {
    return serviceAccount.isEmpty()
        ? ""
        : "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount;
  }

  /** Returns what tells Istio's telemetry where it is. */
  public String workloadText(String cluster) {
    if (workload.isEmpty()) {
      return ";;;;" + cluster;
    }
    return workload
        + ";"
        + namespace
        + ";"
        + first(workload, "service.istio.io/canonical-name", "app.kubernetes.io/name", "app")
        + ";"
        + first("", "service.istio.io/canonical-revision", "app.kubernetes.io/version", "version")
        + ";"
        + cluster;
  }

  private String first(String otherwise, String... names) {
    for (String name : names) {
      String value = labels.get(name);
      if (value != null) {
        return value;
      }
    }
    return otherwise;
  }
}
