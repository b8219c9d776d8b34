package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.CustomResource;
import dev.ballast.objects.CustomResource.Column;
import dev.ballast.objects.Schema;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The CustomResourceDefinitions of the load balancer. What MetalLB's accept is accepted; the
 * conditions in the status of pools and advertisements are additions.
 */
public final class Definitions {
  private static final Schema TEXTS = Schema.list(Schema.text());
  private static final Schema SELECTORS = Schema.list(Schema.labelSelector());

  private Definitions() {}

  /** Returns all, in the order of their names. */
  public static List<CustomResource> all() {
    List<CustomResource> all = new ArrayList<>(BgpDefinitions.all());
    all.addAll(List.of(configurationState(), pool(), layer2Advertisement(), serviceLayer2Status()));
    all.sort(Comparator.comparing(definition -> definition.kind().resource()));
    return List.copyOf(all);
  }

  static CustomResource pool() {
    return new CustomResource(
        IPAddressPool.KIND,
        List.of(
            new Column("Auto Assign", "boolean", ".spec.autoAssign"),
            new Column("Avoid Buggy IPs", "boolean", ".spec.avoidBuggyIPs"),
            new Column("Addresses", "string", ".spec.addresses")),
        Schema.object()
            .field("addresses", TEXTS.describe("Ranges: CIDR prefixes, or START-END."))
            .field(
                "autoAssign",
                Schema.bool()
                    .otherwise(true)
                    .describe("Whether services get addresses of this pool without asking."))
            .field(
                "avoidBuggyIPs",
                Schema.bool()
                    .otherwise(false)
                    .describe("Leaves out IPv4 addresses that end in .0 or .255."))
            .field(
                "serviceAllocation",
                Schema.object()
                    .field("namespaceSelectors", SELECTORS)
                    .field("namespaces", TEXTS)
                    .field(
                        "priority", Schema.integer().describe("Lower comes first; 0 comes last."))
                    .field("serviceSelectors", SELECTORS)
                    .describe("The services that the pool is for."))
            .required("addresses"),
        Schema.object()
            .field("assignedIPv4", Schema.integer("int64"))
            .field("assignedIPv6", Schema.integer("int64"))
            .field("availableIPv4", Schema.integer("int64"))
            .field("availableIPv6", Schema.integer("int64"))
            .field("conditions", Schema.conditions())
            .required("assignedIPv4", "assignedIPv6", "availableIPv4", "availableIPv6"),
        true);
  }

  static CustomResource layer2Advertisement() {
    return new CustomResource(
        L2Advertisement.KIND,
        List.of(
            new Column("IPAddressPools", "string", ".spec.ipAddressPools"),
            new Column("IPAddressPool Selectors", "string", ".spec.ipAddressPoolSelectors"),
            new Column("Interfaces", "string", ".spec.interfaces"),
            new Column("Node Selectors", "string", ".spec.nodeSelectors", 10)),
        Schema.object()
            .field("interfaces", TEXTS.describe("Interfaces to announce from; all without any."))
            .field("ipAddressPoolSelectors", SELECTORS)
            .field("ipAddressPools", TEXTS)
            .field("nodeSelectors", SELECTORS)
            .field(
                "preferredNodeSelectors",
                Schema.list(
                    Schema.object()
                        .field("preference", Schema.labelSelector())
                        .field("weight", Schema.integer("int32").atLeast(1).atMost(100))
                        .required("preference", "weight")))
            .field("serviceSelectors", SELECTORS),
        Schema.object().field("conditions", Schema.conditions()),
        false);
  }

  static CustomResource serviceLayer2Status() {
    return new CustomResource(
        ServiceL2Status.KIND,
        List.of(
            new Column("Allocated Node", "string", ".status.node"),
            new Column("Service Name", "string", ".status.serviceName"),
            new Column("Service Namespace", "string", ".status.serviceNamespace")),
        Schema.object(),
        Schema.object()
            .field("interfaces", Schema.list(Schema.object().field("name", Schema.text())))
            .field("node", Schema.text().immutable())
            .field("serviceName", Schema.text().immutable())
            .field("serviceNamespace", Schema.text().immutable()),
        false);
  }

  static CustomResource configurationState() {
    return new CustomResource(
        ConfigurationState.KIND,
        List.of(
            new Column("Result", "string", ".status.result"),
            new Column("ErrorSummary", "string", ".status.errorSummary")),
        Schema.object(),
        Schema.object()
            .field("conditions", Schema.conditions())
            .field("errorSummary", Schema.text())
            .field("result", Schema.text().oneOf("Valid", "Invalid", "Unknown")),
        false);
  }
}
