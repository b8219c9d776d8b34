package dev.ballast.objects;

import java.util.List;
import java.util.Optional;

/** A machine of the cluster, {@code v1}. */
public record Node(Metadata metadata, List<Condition> conditions, List<Address> addresses)
    implements KubernetesObject {
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
}
