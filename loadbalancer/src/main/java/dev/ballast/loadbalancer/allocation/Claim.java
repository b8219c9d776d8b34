package dev.ballast.loadbalancer.allocation;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a service says about the addresses that it wants and has.
 *
 * @param loadBalancer whether its type is LoadBalancer
 * @param loadBalancerClass its class, empty for none
 * @param families the families of its cluster IPs, the primary one first, never empty
 * @param clusterIps its cluster IPs, as written
 * @param requestedPool the pool that it asks for, empty for none
 * @param sharingKey services with the same key may share an address; empty for none
 * @param backendKey what must be equal for two services to share an address: empty for
 *     externalTrafficPolicy Cluster, the selector for Local
 * @param held the addresses in its status
 */
public record Claim(
    ServiceName service,
    boolean loadBalancer,
    String loadBalancerClass,
    Map<String, String> labels,
    List<Family> families,
    List<String> clusterIps,
    FamilyPolicy familyPolicy,
    Request request,
    String requestedPool,
    String sharingKey,
    Set<Port> ports,
    String backendKey,
    List<Address> held) {

  public Claim {
    if (families.isEmpty()) {
      throw new IllegalArgumentException(service + " has no address family");
    }
    labels = Map.copyOf(labels);
    families = List.copyOf(families);
    clusterIps = List.copyOf(clusterIps);
    ports = Set.copyOf(ports);
    held = List.copyOf(held);
  }

  /** The addresses that a service asks for. */
  public sealed interface Request {
    record Any() implements Request {}

    record These(List<Address> addresses) implements Request {
      public These {
        addresses = List.copyOf(addresses);
      }
    }

    /** It asks for something that is not understood. */
    record Invalid(String problem) implements Request {}
  }

  Set<Family> wanted() {
    return EnumSet.copyOf(families);
  }

  boolean dual() {
    return wanted().size() == 2;
  }

  /** What decides whether two services can have the same address, without what they hold. */
  Terms terms() {
    return new Terms(sharingKey, backendKey, ports);
  }

  /** What decides whether a service can be beside another on an address. */
  public record Terms(String sharingKey, String backendKey, Set<Port> ports) {}
}
