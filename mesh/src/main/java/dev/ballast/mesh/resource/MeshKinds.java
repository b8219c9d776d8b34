package dev.ballast.mesh.resource;

import dev.ballast.objects.ConfigMap;
import dev.ballast.objects.EndpointSlice;
import dev.ballast.objects.Namespace;
import dev.ballast.objects.Pod;
import dev.ballast.objects.Scheme;
import dev.ballast.objects.Service;

/** The kinds that the mesh reads and writes. */
public final class MeshKinds {
  /** All of them, in each version that Istio serves. */
  public static final Scheme SCHEME =
      Scheme.of(
              Service.KIND,
              EndpointSlice.KIND,
              Pod.KIND,
              Namespace.KIND,
              ConfigMap.KIND,
              ServiceEntry.KIND,
              WorkloadEntry.KIND,
              WorkloadGroup.KIND,
              DestinationRule.KIND,
              VirtualService.KIND,
              Sidecar.KIND,
              PeerAuthentication.KIND)
          .alsoReading(ServiceEntry.KIND, "v1beta1", "v1alpha3")
          .alsoReading(WorkloadEntry.KIND, "v1beta1", "v1alpha3")
          .alsoReading(WorkloadGroup.KIND, "v1beta1", "v1alpha3")
          .alsoReading(DestinationRule.KIND, "v1beta1", "v1alpha3")
          .alsoReading(VirtualService.KIND, "v1beta1", "v1alpha3")
          .alsoReading(Sidecar.KIND, "v1beta1", "v1alpha3")
          .alsoReading(PeerAuthentication.KIND, "v1beta1");

  private MeshKinds() {}
}
