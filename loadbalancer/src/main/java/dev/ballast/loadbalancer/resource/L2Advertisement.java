package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.LabelSelector;
import dev.ballast.objects.Metadata;
import java.util.List;
import java.util.Map;

/** Which pools are announced by ARP and NDP, from where: {@code metallb.io/v1beta1}. */
public record L2Advertisement(Metadata metadata, Spec spec) implements KubernetesObject {
  /** The kind. */
  public static final Kind<L2Advertisement> KIND =
      new Kind<>(
          "metallb.io",
          "v1beta1",
          "L2Advertisement",
          "l2advertisements",
          Kind.Scope.NAMESPACED,
          L2Advertisement.class,
          L2Advertisement::read);

  @Override
  public String group() {
    return KIND.group();
  }

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

  private static L2Advertisement read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    object.ignore("status");
    // An advertisement without a spec is MetalLB's shortest: all pools, from all nodes.
    return new L2Advertisement(
        metadata,
        object
            .object("spec")
            .map(spec ->
                new L2Advertisement.Spec(
                    spec.texts("ipAddressPools"),
                    spec.objects("ipAddressPoolSelectors", LabelSelector::read),
                    spec.objects("nodeSelectors", LabelSelector::read),
                    spec.texts("interfaces"),
                    spec.objects("serviceSelectors", LabelSelector::read),
                    spec.objects(
                        "preferredNodeSelectors",
                        preferred ->
                            new L2Advertisement.PreferredNodes(
                                (int) preferred.number("weight", 1, 1, 100),
                                preferred
                                    .object("preference")
                                    .map(LabelSelector::read)
                                    .orElse(new LabelSelector(Map.of(), List.of()))))))
            .orElse(
                new L2Advertisement.Spec(
                    List.of(), List.of(), List.of(), List.of(), List.of(), List.of())));
  }
}
