package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.LabelSelector;
import dev.ballast.objects.Metadata;
import java.util.List;

/** Which pools are announced by BGP, from where, to whom: {@code metallb.io/v1beta1}. */
public record BGPAdvertisement(Metadata metadata, Spec spec) implements KubernetesObject {
  /** The kind. */
  public static final Kind<BGPAdvertisement> KIND =
      new Kind<>(
          "metallb.io",
          "v1beta1",
          "BGPAdvertisement",
          "bgpadvertisements",
          Kind.Scope.NAMESPACED,
          BGPAdvertisement.class,
          BGPAdvertisement::read);

  @Override
  public String group() {
    return KIND.group();
  }

  /**
   * Empty lists mean all pools, nodes, services or peers.
   *
   * @param aggregationLength the prefix length that IPv4 addresses are announced with
   * @param asPathPrepend how often the AS number is put before the path once more
   * @param communities each {@code 1:2}, {@code large:1:2:3} or an alias of a Community object
   */
  public record Spec(
      int aggregationLength,
      int aggregationLengthV6,
      long localPref,
      int asPathPrepend,
      List<String> communities,
      List<String> ipAddressPools,
      List<LabelSelector> ipAddressPoolSelectors,
      List<LabelSelector> nodeSelectors,
      List<LabelSelector> serviceSelectors,
      List<String> peers) {
    public Spec {
      communities = List.copyOf(communities);
      ipAddressPools = List.copyOf(ipAddressPools);
      ipAddressPoolSelectors = List.copyOf(ipAddressPoolSelectors);
      nodeSelectors = List.copyOf(nodeSelectors);
      serviceSelectors = List.copyOf(serviceSelectors);
      peers = List.copyOf(peers);
    }

    /** One without a field written: everything, to everybody. */
    public static final Spec NONE =
        new Spec(32, 128, 0, 0, List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
  }

  private static BGPAdvertisement read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    object.ignore("status");
    return new BGPAdvertisement(
        metadata,
        object
            .object("spec")
            .map(spec ->
                new Spec(
                    (int) spec.number("aggregationLength", 32, 1, Integer.MAX_VALUE),
                    (int) spec.number("aggregationLengthV6", 128, 0, Integer.MAX_VALUE),
                    spec.number("localPref", 0, 0, 0xffff_ffffL),
                    (int) spec.number("asPathPrepend", 0, 0, 255),
                    spec.texts("communities"),
                    spec.texts("ipAddressPools"),
                    spec.objects("ipAddressPoolSelectors", LabelSelector::read),
                    spec.objects("nodeSelectors", LabelSelector::read),
                    spec.objects("serviceSelectors", LabelSelector::read),
                    spec.texts("peers")))
            .orElse(Spec.NONE));
  }
}
