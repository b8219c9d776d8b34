package dev.ballast.loadbalancer.bgp.advertising;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.bfd.BfdSettings;
import dev.ballast.loadbalancer.bgp.message.AddressFamily;
import dev.ballast.loadbalancer.bgp.peering.PeerSettings;
import dev.ballast.loadbalancer.bgp.session.PeerAs;
import dev.ballast.loadbalancer.bgp.session.Terms;
import dev.ballast.loadbalancer.bgp.transport.Route;
import dev.ballast.loadbalancer.bgp.transport.Target;
import dev.ballast.loadbalancer.resource.BFDProfile;
import dev.ballast.objects.LabelSelector;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.zip.CRC32;

/**
 * A valid BGPPeer.
 *
 * @param localAs the AS number that the peer sees
 * @param routerId absent for the node's own
 * @param keepalive zero for a third of the hold time
 * @param connect how long to wait between attempts, if that is written
 * @param nodeSelectors the nodes that have the session; all if empty
 */
public record PeerConfig(
    String name,
    long localAs,
    PeerAs peerAs,
    Target target,
    int port,
    Optional<Address> source,
    Optional<Address> routerId,
    Duration hold,
    Duration keepalive,
    Optional<Duration> connect,
    List<LabelSelector> nodeSelectors,
    Optional<String> password,
    Optional<BFDProfile.Spec> bfd,
    boolean gracefulRestart,
    boolean multihop,
    boolean bothFamilies,
    boolean passive,
    int ttlHops) {
  /** A peer shall not keep the routes of a node that does not come back for longer than this. */
  private static final Duration RESTART = Duration.ofSeconds(15);

  private static final Duration RETRY_FIRST = Duration.ofSeconds(1);
  private static final Duration RETRY_LONGEST = Duration.ofSeconds(30);
  private static final int ANY_BUT_DIRECT = 254;
  private static final int DIRECT = 255;

  public PeerConfig {
    nodeSelectors = List.copyOf(nodeSelectors);
  }

  /** Returns whether a node has a session with it. */
  public boolean forNode(Map<String, String> labels) {
    return nodeSelectors.isEmpty() || BgpAdvertisement.matches(nodeSelectors, labels);
  }

  /**
   * Returns the settings of the session on a node.
   *
   * @param own the node's IPv4 address, if it has one
   * @param onLink whether an address is on a link of the node
   */
  public PeerSettings settings(String node, Optional<Address> own, Predicate<Address> onLink) {
    Set<AddressFamily> families = new LinkedHashSet<>();
    boolean unnumbered = target instanceof Target.Behind;
    for (Family family : Family.values()) {
      boolean sessions = target instanceof Target.At(Address address) && address.family() == family;
      if (sessions || bothFamilies || unnumbered) {
        families.add(AddressFamily.unicast(family));
      }
    }
    return new PeerSettings(
        name,
        new Route(target, port, source, password, ttlHops),
        new Terms(
            localAs,
            peerAs,
            routerId.or(() -> own).map(Address::ipv4Bits).orElseGet(() -> identifier(node)),
            hold,
            keepalive,
            connect.orElse(RETRY_FIRST),
            connect.orElse(RETRY_LONGEST),
            passive,
            families,
            unnumbered,
            gracefulRestart ? RESTART : Duration.ZERO),
        bfd.map(profile -> bfd(profile, onLink)));
  }

  private BfdSettings bfd(BFDProfile.Spec profile, Predicate<Address> onLink) {
    boolean internal =
        switch (peerAs) {
          case PeerAs.Internal _ -> true;
          case PeerAs.External _ -> false;
          case PeerAs.Exactly(long as) -> as == localAs;
        };
    // An internal peer on the same network is a neighbour, as for FRR.
    boolean several =
        multihop
            || (internal && target instanceof Target.At(Address address) && !onLink.test(address));
    return new BfdSettings(
        Duration.ofMillis(profile.transmitInterval()),
        Duration.ofMillis(profile.receiveInterval()),
        profile.detectMultiplier(),
        profile.passiveMode(),
        several,
        several ? Math.min(ANY_BUT_DIRECT, profile.minimumTtl()) : DIRECT);
  }

  /** As the original: the name's checksum, its lowest byte first. */
  private static int identifier(String node) {
    CRC32 sum = new CRC32();
    sum.update(node.getBytes(StandardCharsets.UTF_8));
    int number =
        ByteBuffer.allocate(4)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt((int) sum.getValue())
            .order(ByteOrder.BIG_ENDIAN)
            .getInt(0);
    return number == 0 ? 1 : number;
  }

  /** Leaves out the password. */
  @Override
  public String toString() {
    return "peer " + name + " at " + target;
  }
}
