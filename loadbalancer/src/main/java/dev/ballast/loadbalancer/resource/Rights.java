package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.EndpointSlice;
import dev.ballast.objects.Grant;
import dev.ballast.objects.Namespace;
import dev.ballast.objects.Node;
import dev.ballast.objects.Service;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a cluster needs before the roles run on its API: definitions, accounts and rights. */
public final class Rights {
  /** MetalLB's, so that its objects and ours lie in one place. */
  public static final String NAMESPACE = "metallb-system";

  private Rights() {}

  static List<Grant> reading() {
    return Grant.read(
        Service.KIND,
        EndpointSlice.KIND,
        Node.KIND,
        Namespace.KIND,
        IPAddressPool.KIND,
        L2Advertisement.KIND,
        BGPAdvertisement.KIND,
        BGPPeer.KIND,
        BFDProfile.KIND,
        Community.KIND);
  }

  static List<Grant> controller() {
    List<Grant> grants = new ArrayList<>(reading());
    grants.addAll(Grant.status(Service.KIND, IPAddressPool.KIND, L2Advertisement.KIND));
    grants.addAll(Grant.reports(ConfigurationState.KIND));
    grants.addAll(Grant.read(ServiceL2Status.KIND, ServiceBGPStatus.KIND, BGPSessionState.KIND));
    grants.add(Grant.events());
    return grants;
  }

  static List<Grant> speaker() {
    List<Grant> grants = new ArrayList<>(reading());
    grants.addAll(Grant.reports(ServiceL2Status.KIND, ServiceBGPStatus.KIND, BGPSessionState.KIND));
    grants.addAll(Grant.read(ConfigurationState.KIND));
    grants.add(Grant.events());
    return grants;
  }

  /** Returns the manifests, in an order in which they can be applied. */
  public static List<Map<String, Object>> manifests() {
    List<Map<String, Object>> manifests = new ArrayList<>();
    manifests.add(object("v1", "Namespace", Map.of("name", NAMESPACE)));
    Definitions.all().forEach(definition -> manifests.add(definition.manifest()));
    account(manifests, "ballast-lb-controller", controller());
    account(manifests, "ballast-lb-speaker", speaker());
    return manifests;
  }

  private static void account(
      List<Map<String, Object>> manifests, String name, List<Grant> grants) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", name);
    metadata.put("namespace", NAMESPACE);
    manifests.add(object("v1", "ServiceAccount", metadata));
    manifests.add(Grant.clusterRole(name, grants));
    manifests.add(Grant.binding(name, NAMESPACE, name));
  }

  private static Map<String, Object> object(
      String apiVersion, String kind, Map<String, Object> metadata) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("apiVersion", apiVersion);
    object.put("kind", kind);
    object.put("metadata", metadata);
    return object;
  }
}
