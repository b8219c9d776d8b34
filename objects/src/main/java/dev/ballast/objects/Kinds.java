package dev.ballast.objects;

import dev.ballast.objects.LabelSelector.Operator;
import dev.ballast.objects.LabelSelector.Requirement;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** How each kind is read from its fields. */
final class Kinds {
  /** An apiVersion and a kind that are read. */
  private record Type(String apiVersion, String kind) {}

  private static final Map<Type, Function<Fields, KubernetesObject>> DECODERS =
      Map.of(
          new Type("metallb.io/v1beta1", "IPAddressPool"), Kinds::pool,
          new Type("metallb.io/v1beta1", "L2Advertisement"), Kinds::advertisement,
          new Type("v1", "Service"), Kinds::service,
          new Type("v1", "Node"), Kinds::nodeObject,
          new Type("v1", "Namespace"), fields -> namespace(fields),
          new Type("discovery.k8s.io/v1", "EndpointSlice"), Kinds::endpointSlice);

  /** Without leading zeros, which some programs take for octal. */
  private static final Pattern IPV4 =
      Pattern.compile(
          "(OCTET\\.){3}OCTET".replace("OCTET", "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"));

  private Kinds() {}

  static Optional<Function<Fields, KubernetesObject>> decoder(String apiVersion, String kind) {
    return Optional.ofNullable(DECODERS.get(new Type(apiVersion, kind)));
  }

  /** Whether the kind is read in another version. */
  static Optional<String> versionOf(String kind) {
    return DECODERS.keySet().stream()
        .filter(type -> type.kind.equals(kind))
        .map(Type::apiVersion)
        .findFirst();
  }

  private static Metadata metadata(Fields object, boolean namespaced) {
    object.ignore("apiVersion", "kind");
    Optional<Fields> found = object.object("metadata");
    if (found.isEmpty()) {
      object.problems().error(object.node(), "metadata", "is missing", "write at least a name");
      return Metadata.of("", "unnamed");
    }
    Fields fields = found.get();
    fields.ignore(
        "managedFields",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "finalizers",
        "generateName",
        "ownerReferences",
        "selfLink",
        "clusterName");
    String name = fields.needed("name");
    return new Metadata(
        namespaced ? fields.text("namespace", "default") : fields.text("namespace", ""),
        name.isEmpty() ? "unnamed" : name,
        fields.map("labels"),
        fields.map("annotations"),
        fields.text("uid", ""),
        fields.number("generation", 0, 0, Long.MAX_VALUE),
        fields.text("resourceVersion", ""));
  }

  private static IPAddressPool pool(Fields object) {
    Metadata metadata = metadata(object, true);
    object.ignore("status");
    Optional<Fields> spec = object.object("spec");
    if (spec.isEmpty()) {
      object.problems().error(object.node(), "spec", "is missing", "write spec.addresses");
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
                        allocation.objects("namespaceSelectors", Kinds::selector),
                        allocation.objects("serviceSelectors", Kinds::selector)))
                .orElse(IPAddressPool.ServiceAllocation.NONE)));
  }

  private static L2Advertisement advertisement(Fields object) {
    Metadata metadata = metadata(object, true);
    object.ignore("status");
    // An advertisement without a spec is MetalLB's shortest: all pools, from all nodes.
    return new L2Advertisement(
        metadata,
        object
            .object("spec")
            .map(spec ->
                new L2Advertisement.Spec(
                    spec.texts("ipAddressPools"),
                    spec.objects("ipAddressPoolSelectors", Kinds::selector),
                    spec.objects("nodeSelectors", Kinds::selector),
                    spec.texts("interfaces"),
                    spec.objects("serviceSelectors", Kinds::selector),
                    spec.objects(
                        "preferredNodeSelectors",
                        preferred ->
                            new L2Advertisement.PreferredNodes(
                                (int) preferred.number("weight", 1, 1, 100),
                                preferred
                                    .object("preference")
                                    .map(Kinds::selector)
                                    .orElse(new LabelSelector(Map.of(), List.of()))))))
            .orElse(
                new L2Advertisement.Spec(
                    List.of(), List.of(), List.of(), List.of(), List.of(), List.of())));
  }

  private static Service service(Fields object) {
    Metadata metadata = metadata(object, true);
    List<String> ingress =
        object
            .object("status")
            .map(status -> {
              status.ignore("conditions");
              return status
                  .object("loadBalancer")
                  .map(balancer ->
                      balancer.objects(
                          "ingress",
                          one -> {
                            one.ignore("hostname", "ipMode", "ports");
                            return one.text("ip", "");
                          }))
                  .orElse(List.of());
            })
            .orElse(List.of());
    Fields spec = object.object("spec").orElse(null);
    if (spec == null) {
      object.problems().error(object.node(), "spec", "is missing", "write it");
      return new Service(
          metadata,
          new Service.Spec(
              "ClusterIP",
              Optional.empty(),
              "",
              "Cluster",
              List.of(),
              Map.of(),
              List.of(),
              List.of(),
              ""),
          new Service.Status(List.of()));
    }
    spec.ignore(
        "allocateLoadBalancerNodePorts",
        "externalIPs",
        "externalName",
        "healthCheckNodePort",
        "internalTrafficPolicy",
        "loadBalancerSourceRanges",
        "publishNotReadyAddresses",
        "sessionAffinity",
        "sessionAffinityConfig",
        "trafficDistribution",
        "topologyKeys",
        "clusterIP");
    List<String> clusterIPs = spec.texts("clusterIPs");
    if (clusterIPs.isEmpty()) {
      clusterIPs = spec.text("clusterIP").map(List::of).orElse(List.of());
    }
    return new Service(
        metadata,
        new Service.Spec(
            spec.word("type", "ClusterIP", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
            spec.text("loadBalancerClass"),
            spec.text("loadBalancerIP", ""),
            spec.word("externalTrafficPolicy", "Cluster", "Cluster", "Local"),
            spec.objects("ports", Kinds::servicePort),
            spec.map("selector"),
            clusterIPs,
            spec.texts("ipFamilies"),
            spec.text("ipFamilyPolicy", "")),
        new Service.Status(ingress.stream().filter(ip -> !ip.isEmpty()).toList()));
  }

  private static Service.Port servicePort(Fields port) {
    port.ignore("appProtocol");
    long number = port.number("port", 0, 1, 65_535);
    if (!port.has("port")) {
      port.problems().error(port.node(), port.path("port"), "is missing", "write it");
    }
    return new Service.Port(
        port.text("name", ""),
        port.word("protocol", "TCP", "TCP", "UDP", "SCTP"),
        (int) number,
        port.text("targetPort", Long.toString(number)),
        (int) port.number("nodePort", 0, 0, 65_535));
  }

  private static EndpointSlice endpointSlice(Fields object) {
    Metadata metadata = metadata(object, true);
    String type = object.word("addressType", "IPv4", "IPv4", "IPv6", "FQDN");
    return new EndpointSlice(
        metadata,
        type,
        object.objects(
            "endpoints",
            endpoint -> {
              endpoint.ignore("targetRef", "zone", "hints", "hostname", "deprecatedTopology");
              Fields conditions = endpoint.object("conditions").orElse(null);
              return new EndpointSlice.Endpoint(
                  addresses(endpoint, type),
                  conditions == null ? Optional.empty() : conditions.bool("ready"),
                  conditions == null ? Optional.empty() : conditions.bool("serving"),
                  conditions == null ? Optional.empty() : conditions.bool("terminating"),
                  endpoint.text("nodeName", ""));
            }),
        object.objects(
            "ports",
            port -> {
              port.ignore("appProtocol");
              return new EndpointSlice.Port(
                  port.text("name", ""),
                  port.word("protocol", "TCP", "TCP", "UDP", "SCTP"),
                  (int) port.number("port", 0, 0, 65_535));
            }));
  }

  private static List<String> addresses(Fields endpoint, String type) {
    List<String> addresses = endpoint.texts("addresses");
    for (int i = 0; i < addresses.size(); i++) {
      String text = addresses.get(i);
      boolean right =
          switch (type) {
            case "IPv4" -> IPV4.matcher(text).matches();
            case "IPv6" -> isIpv6(text);
            default -> true;
          };
      if (!right) {
        endpoint
            .problems()
            .error(
                endpoint.at("addresses"),
                endpoint.path("addresses") + "[" + i + "]",
                "'" + text + "' is no address of type " + type,
                "write one, or another addressType");
      }
    }
    return addresses;
  }

  private static boolean isIpv6(String text) {
    try {
      return text.indexOf(':') >= 0
          && text.indexOf('%') < 0
          && InetAddress.ofLiteral(text) instanceof Inet6Address;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static Node nodeObject(Fields object) {
    Metadata metadata = metadata(object, false);
    object.ignore("spec");
    Fields status = object.object("status").orElse(null);
    if (status == null) {
      return new Node(metadata, List.of(), List.of());
    }
    status.ignore(
        "allocatable",
        "capacity",
        "config",
        "daemonEndpoints",
        "declaredFeatures",
        "features",
        "images",
        "nodeInfo",
        "phase",
        "runtimeHandlers",
        "volumesAttached",
        "volumesInUse");
    return new Node(
        metadata,
        status.objects(
            "conditions",
            condition -> {
              condition.ignore(
                  "lastHeartbeatTime",
                  "lastTransitionTime",
                  "message",
                  "reason",
                  "observedGeneration");
              return new Node.Condition(
                  condition.needed("type"),
                  condition.word("status", "Unknown", "True", "False", "Unknown"));
            }),
        status.objects(
            "addresses",
            address -> new Node.Address(address.needed("type"), address.needed("address"))));
  }

  private static Namespace namespace(Fields object) {
    object.ignore("spec", "status");
    return new Namespace(metadata(object, false));
  }

  private static LabelSelector selector(Fields fields) {
    return new LabelSelector(
        fields.map("matchLabels"),
        fields.objects(
            "matchExpressions",
            expression -> {
              String operator =
                  expression.word("operator", "In", "In", "NotIn", "Exists", "DoesNotExist");
              return new Requirement(
                  expression.needed("key"),
                  Arrays.stream(Operator.values())
                      .filter(each -> each.text().equals(operator))
                      .findFirst()
                      .orElse(Operator.IN),
                  expression.texts("values"));
            }));
  }
}
