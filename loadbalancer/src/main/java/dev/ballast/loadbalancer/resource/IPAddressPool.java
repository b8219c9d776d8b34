package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.LabelSelector;
import dev.ballast.objects.Metadata;
import java.util.List;
import java.util.Optional;

/**
 * Addresses to give to services: {@code metallb.io/v1beta1}. Holds the field values as they are
 * written; what a range means, and whether pools overlap, is judged by who allocates.
 */
public record IPAddressPool(Metadata metadata, Spec spec) implements KubernetesObject {
  /** The kind. */
  public static final Kind<IPAddressPool> KIND =
      new Kind<>(
          "metallb.io",
          "v1beta1",
          "IPAddressPool",
          "ipaddresspools",
          Kind.Scope.NAMESPACED,
          IPAddressPool.class,
          IPAddressPool::read);

  @Override
  public String group() {
    return KIND.group();
  }

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

  private static IPAddressPool read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    object.ignore("status");
    Optional<Fields> spec = object.object("spec");
    if (spec.isEmpty()) {
      object.missing("spec", "write spec.addresses");
      return new IPAddressPool(
          metadata,
          new IPAddressPool.Spec(List.of(), true, false, IPAddressPool.ServiceAllocation.NONE));
    }
    Fields fields = spec.get();
    return new IPAddressPool(
        metadata,
        new IPAddressPool.Spec(
            fields.texts("addresses"),
            fields.bool("autoAssign").orElse(true),
            fields.bool("avoidBuggyIPs").orElse(false),
            fields
                .object("serviceAllocation")
                .map(allocation ->
                    new IPAddressPool.ServiceAllocation(
                        true,
                        (int) allocation.number("priority", 0, 0, Integer.MAX_VALUE),
                        allocation.texts("namespaces"),
                        allocation.objects("namespaceSelectors", LabelSelector::read),
                        allocation.objects("serviceSelectors", LabelSelector::read)))
                .orElse(IPAddressPool.ServiceAllocation.NONE)));
  }
}
