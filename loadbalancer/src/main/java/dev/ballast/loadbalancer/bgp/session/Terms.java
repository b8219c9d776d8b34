package dev.ballast.loadbalancer.bgp.session;

import dev.ballast.loadbalancer.bgp.message.AddressFamily;
import dev.ballast.loadbalancer.bgp.message.Capability;
import dev.ballast.loadbalancer.bgp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What we offer and demand in a session.
 *
 * @param localAs the AS number that our OPEN names
 * @param identifier our router ID as a number of 32 bits, not 0
 * @param holdTime zero for none, else at least three seconds
 * @param keepalive zero for a third of the negotiated hold time
 * @param retryFirst how long to wait after the first failed attempt; doubles with each further one
 * @param retryLongest the longest such wait
 * @param passive never opens a connection itself
 * @param ipv6NextHops offers IPv6 next hops for IPv4 routes (RFC 8950)
 * @param gracefulRestart how long a peer shall keep our routes while we restart; zero for not
 */
public record Terms(
    long localAs,
    PeerAs peerAs,
    int identifier,
    Duration holdTime,
    Duration keepalive,
    Duration retryFirst,
    Duration retryLongest,
    boolean passive,
    Set<AddressFamily> families,
    boolean ipv6NextHops,
    Duration gracefulRestart) {
  /** How long a peer may take with its OPEN (RFC 4271 section 8.2.2: a large value, 4 minutes). */
  static final Duration OPEN_LIMIT = Duration.ofMinutes(4);

  private static final Duration SHORTEST_HOLD = Duration.ofSeconds(3);

  public Terms {
    if (identifier == 0) {
      throw new IllegalArgumentException("the BGP identifier must not be 0");
    }
    if (!holdTime.isZero() && holdTime.compareTo(SHORTEST_HOLD) < 0) {
      throw new IllegalArgumentException("holdTime=" + holdTime + " must be 0 or >=3s");
    }
    families = Collections.unmodifiableSet(new LinkedHashSet<>(families));
  }

  /** Returns the OPEN that we send. */
  public Message.Open open() {
    List<Capability> capabilities = new ArrayList<>();
    families.forEach(family -> capabilities.add(new Capability.Multiprotocol(family)));
    capabilities.add(new Capability.RouteRefresh());
    if (ipv6NextHops) {
      capabilities.add(
          new Capability.ExtendedNextHop(
              List.of(new Capability.ExtendedNextHop.Entry(AddressFamily.IPV4_UNICAST, 2))));
    }
    if (!gracefulRestart.isZero()) {
      capabilities.add(
          new Capability.GracefulRestart(
              false,
              true,
              (int) gracefulRestart.toSeconds(),
              families.stream()
                  .map(family -> new Capability.GracefulRestart.Forwarding(family, true))
                  .toList()));
    }
    capabilities.add(new Capability.FourOctetAs(localAs));
    return new Message.Open(localAs, (int) holdTime.toSeconds(), identifier, capabilities);
  }

  Duration retryAfter(int failures) {
    int doublings = Math.min(failures, 20);
    Duration wait = retryFirst.multipliedBy(1L << doublings);
    return wait.compareTo(retryLongest) < 0 ? wait : retryLongest;
  }
}
