package dev.ballast.objects;

import java.util.List;
import java.util.Optional;

/** A machine of the cluster, {@code v1}. */
public record Node(Metadata metadata, List<Condition> conditions, List<Address> addresses)
    implements KubernetesObject {
  /** The kind. */
  public static final Kind<Node> KIND =
      new Kind<>("", "v1", "Node", "nodes", Kind.Scope.CLUSTER, Node.class, Node::read);

  public Node {
    conditions = List.copyOf(conditions);
    addresses = List.copyOf(addresses);
  }

  /**
   * @param type {@code Ready}, {@code NetworkUnavailable} …
   * @param status {@code True}, {@code False} or {@code Unknown}
   */
  public record Condition(String type, String status) {}

  /**
   * @param type {@code InternalIP}, {@code Hostname} …
   */
  public record Address(String type, String address) {}

  /** Whether a condition is {@code True}. */
  public boolean is(String condition) {
    return conditions.stream()
        .anyMatch(each -> each.type.equals(condition) && each.status.equals("True"));
  }

  /** Its address inside the cluster. */
  public Optional<String> internalAddress() {
    return addresses.stream()
        .filter(each -> each.type.equals("InternalIP"))
        .map(Address::address)
        .findFirst();
  }

  private static Node read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.CLUSTER);
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
}
