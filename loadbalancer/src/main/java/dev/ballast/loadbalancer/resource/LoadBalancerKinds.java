package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.EndpointSlice;
import dev.ballast.objects.Namespace;
import dev.ballast.objects.Node;
import dev.ballast.objects.Scheme;
import dev.ballast.objects.Service;

/** The kinds that the load balancer reads and writes. */
public final class LoadBalancerKinds {
  /** All of them. */
  public static final Scheme SCHEME =
      Scheme.of(
          Service.KIND,
          EndpointSlice.KIND,
          Node.KIND,
          Namespace.KIND,
          IPAddressPool.KIND,
          L2Advertisement.KIND,
          BGPAdvertisement.KIND,
          BGPPeer.KIND,
          BFDProfile.KIND,
          Community.KIND,
          ConfigurationState.KIND,
          ServiceL2Status.KIND,
          ServiceBGPStatus.KIND,
          BGPSessionState.KIND);

  private LoadBalancerKinds() {}
}
