package dev.ballast.objects;

import java.util.List;

/** Which pools are announced by ARP and NDP, from where: {@code metallb.io/v1beta1}. */
public record L2Advertisement(Metadata metadata, Spec spec) implements KubernetesObject {

  /**
   * An empty list of pools and of pool selectors means all pools; an empty one of nodes, interfaces
   * or services means all of them.
   *
   * @param interfaces exact names
   */
  public record Spec(
      List<String> ipAddressPools,
      List<LabelSelector> ipAddressPoolSelectors,
      List<LabelSelector> nodeSelectors,
      List<String> interfaces,
      List<LabelSelector> serviceSelectors,
      List<PreferredNodes> preferredNodeSelectors) {
    public Spec {
      ipAddressPools = List.copyOf(ipAddressPools);
      ipAddressPoolSelectors = List.copyOf(ipAddressPoolSelectors);
      nodeSelectors = List.copyOf(nodeSelectors);
      interfaces = List.copyOf(interfaces);
      serviceSelectors = List.copyOf(serviceSelectors);
      preferredNodeSelectors = List.copyOf(preferredNodeSelectors);
    }
  }

  /**
   * Nodes that are preferred to own an address.
   *
   * @param weight 1 to 100; the weights of all matching entries add up
   */
  public record PreferredNodes(int weight, LabelSelector preference) {
    public PreferredNodes {
      if (weight < 1 || weight > 100) {
        throw new IllegalArgumentException("weight is not within 1..100: weight=" + weight);
      }
    }
  }
}
