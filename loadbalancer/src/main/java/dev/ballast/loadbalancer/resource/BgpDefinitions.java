package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.CustomResource;
import dev.ballast.objects.CustomResource.Column;
import dev.ballast.objects.Schema;
import java.util.List;
import java.util.Map;

/** The CustomResourceDefinitions of BGP and BFD; what MetalLB's accept is accepted. */
final class BgpDefinitions {
  private static final long LARGEST_AS = 0xffff_ffffL;
  private static final Schema TEXTS = Schema.list(Schema.text());
  private static final Schema SELECTORS = Schema.list(Schema.labelSelector());
  private static final Schema NOTHING = Schema.object();

  private BgpDefinitions() {}

  static List<CustomResource> all() {
    return List.of(
        bfdProfile(), advertisement(), peer(), community(), serviceStatus(), sessionState());
  }

  private static CustomResource bfdProfile() {
    Schema interval = Schema.integer("int32").atLeast(10).atMost(60_000);
    return new CustomResource(
        BFDProfile.KIND,
        List.of(
            new Column("Passive Mode", "boolean", ".spec.passiveMode"),
            new Column("Transmit Interval", "integer", ".spec.transmitInterval"),
            new Column("Receive Interval", "integer", ".spec.receiveInterval"),
            new Column("Multiplier", "integer", ".spec.detectMultiplier")),
        Schema.object()
            .field("detectMultiplier", Schema.integer("int32").atLeast(2).atMost(255))
            .field("echoInterval", interval)
            .field("echoMode", Schema.bool())
            .field("minimumTtl", Schema.integer("int32").atLeast(1).atMost(254))
            .field("passiveMode", Schema.bool())
            .field("receiveInterval", interval)
            .field("transmitInterval", interval),
        NOTHING,
        false);
  }

  private static CustomResource advertisement() {
    return new CustomResource(
        BGPAdvertisement.KIND,
        List.of(
            new Column("IPAddressPools", "string", ".spec.ipAddressPools"),
            new Column("IPAddressPool Selectors", "string", ".spec.ipAddressPoolSelectors"),
            new Column("Peers", "string", ".spec.peers"),
            new Column("Node Selectors", "string", ".spec.nodeSelectors", 10)),
        Schema.object()
            .field("aggregationLength", Schema.integer("int32").otherwise(32).atLeast(1))
            .field("aggregationLengthV6", Schema.integer("int32").otherwise(128))
            .field("asPathPrepend", Schema.integer("int32").atLeast(0).atMost(255))
            .field("communities", TEXTS)
            .field("ipAddressPoolSelectors", SELECTORS)
            .field("ipAddressPools", TEXTS)
            .field("localPref", Schema.integer("int32"))
            .field("nodeSelectors", SELECTORS)
            .field("peers", TEXTS)
            .field("serviceSelectors", SELECTORS),
        NOTHING,
        false);
  }

  private static CustomResource peer() {
    Schema as = Schema.integer("int64").atLeast(0).atMost(LARGEST_AS);
    return new CustomResource(
        BGPPeer.KIND,
        List.of(
            new Column("Address", "string", ".spec.peerAddress"),
            new Column("ASN", "string", ".spec.peerASN"),
            new Column("BFD Profile", "string", ".spec.bfdProfile"),
            new Column("Multi Hops", "string", ".spec.ebgpMultiHop")),
        Schema.object()
            .field("bfdProfile", Schema.text())
            .field(
                "connectTime",
                Schema.text()
                    .with(
                        "x-kubernetes-validations",
                        List.of(
                            rule(
                                "connect time should be between 1 seconds to 65535",
                                "duration(self).getSeconds() >= 1 &&"
                                    + " duration(self).getSeconds() <= 65535"),
                            rule(
                                "connect time should contain a whole number of seconds",
                                "duration(self).getMilliseconds() % 1000 == 0"))))
            .field("disableMP", Schema.bool().otherwise(false))
            .field("dualStackAddressFamily", Schema.bool().otherwise(false))
            .field("dynamicASN", Schema.text().oneOf("internal", "external"))
            .field("ebgpMultiHop", Schema.bool())
            .field(
                "enableGracefulRestart",
                Schema.bool()
                    .with(
                        "x-kubernetes-validations",
                        List.of(
                            rule(
                                "EnableGracefulRestart cannot be changed after creation",
                                "self == oldSelf"))))
            .field("holdTime", Schema.text())
            .field("interface", Schema.text())
            .field("keepaliveTime", Schema.text())
            .field("localASN", as)
            .field("myASN", as)
            .field("nodeSelectors", SELECTORS)
            .field("password", Schema.text())
            .field(
                "passwordSecret",
                Schema.object()
                    .field("name", Schema.text())
                    .field("namespace", Schema.text())
                    .with("x-kubernetes-map-type", "atomic"))
            .field("peerASN", as)
            .field("peerAddress", Schema.text())
            .field("peerPort", Schema.integer("int32").otherwise(179).atLeast(1).atMost(16384))
            .field("routerID", Schema.text())
            .field("sourceAddress", Schema.text())
            .field("vrf", Schema.text())
            .required("myASN"),
        NOTHING,
        false);
  }

  private static Map<String, Object> rule(String message, String rule) {
    return Map.of("message", message, "rule", rule);
  }

  private static CustomResource community() {
    return new CustomResource(
        Community.KIND,
        List.of(),
        Schema.object()
            .field(
                "communities",
                Schema.list(
                    Schema.object().field("name", Schema.text()).field("value", Schema.text()))),
        NOTHING,
        false);
  }

  private static CustomResource serviceStatus() {
    return new CustomResource(
        ServiceBGPStatus.KIND,
        List.of(
            new Column("Node", "string", ".status.node"),
            new Column("Service Name", "string", ".status.serviceName"),
            new Column("Service Namespace", "string", ".status.serviceNamespace")),
        NOTHING,
        Schema.object()
            .field("node", Schema.text().immutable())
            .field("peers", TEXTS)
            .field("serviceName", Schema.text().immutable())
            .field("serviceNamespace", Schema.text().immutable()),
        false);
  }

  private static CustomResource sessionState() {
    return new CustomResource(
        BGPSessionState.KIND,
        List.of(
            new Column("Node", "string", ".status.node"),
            new Column("Peer", "string", ".status.peer"),
            new Column("VRF", "string", ".status.vrf"),
            new Column("BGP", "string", ".status.bgpStatus"),
            new Column("BFD", "string", ".status.bfdStatus")),
        NOTHING,
        Schema.object()
            .field("bfdStatus", Schema.text())
            .field("bgpStatus", Schema.text())
            .field("node", Schema.text())
            .field("peer", Schema.text())
            .field("vrf", Schema.text()),
        false);
  }
}
