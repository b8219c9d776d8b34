package dev.ballast.mesh.model;

import dev.ballast.mesh.resource.ServiceEntry.Resolution;
import dev.ballast.objects.ObjectKey;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A service under one name.
 *
 * @param name the name that telemetry shows
 * @param source the object that it comes from
 * @param created as {@code Metadata.created}
 * @param exportTo the namespaces that see it; empty for all
 * @param headless a Kubernetes service without an address
 * @param addresses IP addresses and ranges; empty for none
 * @param assigned addresses that were allocated for it; they count for proxies that resolve names
 */
public record MeshService(
    String host,
    String namespace,
    String name,
    ObjectKey source,
    String created,
    Set<String> exportTo,
    Resolution resolution,
    boolean external,
    boolean headless,
    List<String> addresses,
    List<String> assigned,
    List<MeshPort> ports,
    List<MeshEndpoint> endpoints,
    List<String> subjectAltNames) {
  public MeshService {
    exportTo = Set.copyOf(exportTo);
    addresses = List.copyOf(addresses);
    assigned = List.copyOf(assigned);
    ports = List.copyOf(ports);
    endpoints = List.copyOf(endpoints);
    subjectAltNames = List.copyOf(subjectAltNames);
  }

  public boolean isKubernetes() {
    return source.kind().equals("Service");
  }

  /** Whether proxies in a namespace may see it. */
  public boolean isVisibleIn(String other) {
    return exportTo.isEmpty() || exportTo.contains("*") || exportTo.contains(other);
  }

  /** Returns the port of a number. */
  public Optional<MeshPort> port(int number) {
    return ports.stream().filter(each -> each.number() == number).findFirst();
  }

  /** Returns the addresses that a proxy may use. */
  public List<String> addressesFor(boolean resolvesNames) {
    return addresses.isEmpty() && resolvesNames ? assigned : addresses;
  }

  /** {@code ServiceEntry ns/name}. */
  public String sourceText() {
    return source.toString();
  }
}
