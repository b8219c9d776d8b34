package dev.ballast.objects;

import java.util.List;

/**
 * Addresses to give to services: {@code metallb.io/v1beta1}. Holds the field values as they are
 * written; what a range means, and whether pools overlap, is judged by who allocates.
 */
public record IPAddressPool(Metadata metadata, Spec spec) implements KubernetesObject {

  /**
   * @param addresses each a CIDR or {@code start-end}
   * @param autoAssign false: only for services that ask for the pool or an address of it
   * @param avoidBuggyIPs leave out IPv4 addresses that end in 0 or 255
   * @param serviceAllocation none written: {@link ServiceAllocation#NONE}
   */
  public record Spec(
      List<String> addresses,
      boolean autoAssign,
      boolean avoidBuggyIPs,
      ServiceAllocation serviceAllocation) {
    public Spec {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * Which services the pool is for.
   *
   * @param present whether it was written at all: a pool with an empty one is pinned to every
   *     service, a pool without one is not pinned
   * @param priority lower comes first, 0 comes last
   */
  public record ServiceAllocation(
      boolean present,
      int priority,
      List<String> namespaces,
      List<LabelSelector> namespaceSelectors,
      List<LabelSelector> serviceSelectors) {
    /** Not written. */
    public static final ServiceAllocation NONE =
        new ServiceAllocation(false, 0, List.of(), List.of(), List.of());

    public ServiceAllocation {
      namespaces = List.copyOf(namespaces);
      namespaceSelectors = List.copyOf(namespaceSelectors);
      serviceSelectors = List.copyOf(serviceSelectors);
    }
  }
}
