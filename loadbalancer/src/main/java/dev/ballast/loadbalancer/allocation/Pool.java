package dev.ballast.loadbalancer.allocation;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.AddressRange;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.objects.LabelSelector;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A valid IPAddressPool.
 *
 * @param ranges in the order of the object: addresses are given from the first on
 * @param autoAssign whether services that did not ask for this pool may get an address of it
 * @param avoidBuggyIps whether IPv4 addresses that end in 0 or 255 are left alone
 */
public record Pool(
    String name,
    List<AddressRange> ranges,
    boolean autoAssign,
    boolean avoidBuggyIps,
    Audience audience) {

  public Pool {
    ranges = List.copyOf(ranges);
  }

  /** For whom a pool is. */
  public sealed interface Audience {
    /** There is no {@code serviceAllocation}: for everyone, after the pools that name someone. */
    record Everyone() implements Audience {}

    /**
     * A {@code serviceAllocation}. With neither namespaces nor selectors it is for everyone, and
     * still before the pools that have none.
     *
     * @param priority the lower, the earlier; 0 comes last
     */
    record Reserved(
        int priority,
        Set<String> namespaces,
        List<LabelSelector> namespaceSelectors,
        List<LabelSelector> serviceSelectors)
        implements Audience {
      public Reserved {
        namespaces = Set.copyOf(namespaces);
        namespaceSelectors = List.copyOf(namespaceSelectors);
        serviceSelectors = List.copyOf(serviceSelectors);
      }

      private boolean admitsNamespace(String namespace, Map<String, String> namespaceLabels) {
        return (namespaces.isEmpty() && namespaceSelectors.isEmpty())
            || namespaces.contains(namespace)
            || namespaceSelectors.stream().anyMatch(selector -> selector.matches(namespaceLabels));
      }

      private boolean admitsService(Map<String, String> labels) {
        return serviceSelectors.isEmpty()
            || serviceSelectors.stream().anyMatch(selector -> selector.matches(labels));
      }
    }
  }

  /** Whether an address of this pool may be used at all. */
  public boolean contains(Address address) {
    return usable(address) && ranges.stream().anyMatch(range -> range.contains(address));
  }

  boolean usable(Address address) {
    return !(avoidBuggyIps && address.confusesBuggyFirmware());
  }

  boolean has(Family family) {
    return ranges.stream().anyMatch(range -> range.family() == family);
  }

  /** How many addresses of a family it can give. */
  public BigInteger capacity(Family family) {
    return ranges.stream()
        .filter(range -> range.family() == family)
        .map(range -> avoidBuggyIps ? range.sizeWithoutBuggy() : range.size())
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  /** Why this service may not have an address of this pool, or an empty text if it may. */
  String objection(Claim claim, Map<String, String> namespaceLabels) {
    return switch (audience) {
      case Audience.Everyone _ -> "";
      case Audience.Reserved reserved -> {
        if (!reserved.admitsNamespace(claim.service().namespace(), namespaceLabels)) {
          yield "it is not for namespace " + claim.service().namespace();
        }
        yield reserved.admitsService(claim.labels())
            ? ""
            : "none of its serviceSelectors matches the service's labels";
      }
    };
  }

  boolean pinned() {
    return audience instanceof Audience.Reserved;
  }

  /** The place in the order of pools; the original takes 0 for the lowest priority. */
  long rank() {
    return switch (audience) {
      case Audience.Everyone _ -> Long.MAX_VALUE;
      case Audience.Reserved reserved ->
          reserved.priority() == 0 ? Long.MAX_VALUE - 1 : reserved.priority();
    };
  }
}
