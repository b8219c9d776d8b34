package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.LabelSelector;
import dev.ballast.objects.Metadata;
import java.util.List;
import java.util.Optional;

/** A router that nodes have a BGP session with: {@code metallb.io/v1beta2}. Values as written. */
public record BGPPeer(Metadata metadata, Spec spec) implements KubernetesObject {
  /** Annotation: never opens the connection itself, {@code "true"}. */
  public static final String PASSIVE = "ballast.dev/passive";

  /** Annotation: how many hops away the peer is at most, checked by TTL (RFC 5082). */
  public static final String TTL_SECURITY_HOPS = "ballast.dev/ttl-security-hops";

  /** The kind. */
  public static final Kind<BGPPeer> KIND =
      new Kind<>(
          "metallb.io",
          "v1beta2",
          "BGPPeer",
          "bgppeers",
          Kind.Scope.NAMESPACED,
          BGPPeer.class,
          BGPPeer::read);

  @Override
  public String group() {
    return KIND.group();
  }

  /** A secret with a password. */
  public record SecretReference(String name, String namespace) {}

  /**
   * Empty texts and zero numbers are absent.
   *
   * @param holdTime as a duration of Go, {@code 90s}
   */
  public record Spec(
      long myASN,
      long localASN,
      long peerASN,
      String dynamicASN,
      String peerAddress,
      String interfaceName,
      String sourceAddress,
      int peerPort,
      Optional<String> holdTime,
      Optional<String> keepaliveTime,
      Optional<String> connectTime,
      String routerID,
      List<LabelSelector> nodeSelectors,
      String password,
      SecretReference passwordSecret,
      String bfdProfile,
      boolean enableGracefulRestart,
      boolean ebgpMultiHop,
      String vrf,
      boolean dualStackAddressFamily) {
    public Spec {
      nodeSelectors = List.copyOf(nodeSelectors);
    }

    /** Leaves out the password. */
    @Override
    public String toString() {
      return "Spec[myASN=%d, peerASN=%d, peerAddress=%s, interface=%s]"
          .formatted(myASN, peerASN, peerAddress, interfaceName);
    }
  }

  private static BGPPeer read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    object.ignore("status");
    Optional<Fields> found = object.object("spec");
    if (found.isEmpty()) {
      object.missing("spec", "write spec.myASN, spec.peerASN and spec.peerAddress");
      throw new IllegalArgumentException("spec is missing");
    }
    Fields spec = found.get();
    spec.ignore("disableMP");
    long most = 0xffff_ffffL;
    return new BGPPeer(
        metadata,
        new Spec(
            spec.number("myASN", 0, 0, most),
            spec.number("localASN", 0, 0, most),
            spec.number("peerASN", 0, 0, most),
            spec.text("dynamicASN", ""),
            spec.text("peerAddress", ""),
            spec.text("interface", ""),
            spec.text("sourceAddress", ""),
            (int) spec.number("peerPort", 179, 0, 65535),
            spec.text("holdTime"),
            spec.text("keepaliveTime"),
            spec.text("connectTime"),
            spec.text("routerID", ""),
            spec.objects("nodeSelectors", LabelSelector::read),
            spec.text("password", ""),
            spec.object("passwordSecret")
                .map(secret ->
                    new SecretReference(secret.text("name", ""), secret.text("namespace", "")))
                .orElse(new SecretReference("", "")),
            spec.text("bfdProfile", ""),
            spec.bool("enableGracefulRestart").orElse(false),
            spec.bool("ebgpMultiHop").orElse(false),
            spec.text("vrf", ""),
            spec.bool("dualStackAddressFamily").orElse(false)));
  }
}
