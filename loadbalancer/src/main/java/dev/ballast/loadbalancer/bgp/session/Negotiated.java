package dev.ballast.loadbalancer.bgp.session;

import dev.ballast.loadbalancer.bgp.message.AddressFamily;
import dev.ballast.loadbalancer.bgp.message.Capability;
import dev.ballast.loadbalancer.bgp.message.Message;
import dev.ballast.loadbalancer.bgp.message.Wire;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What both OPENs agree on.
 *
 * @param peer the peer's OPEN
 * @param holdTime the shorter of both; zero for none
 * @param keepalive how often to send KEEPALIVEs; zero for never
 * @param families the families that both have
 * @param internal whether both are in the same AS
 */
public record Negotiated(
    Message.Open peer,
    Duration holdTime,
    Duration keepalive,
    Set<AddressFamily> families,
    Wire wire,
    boolean internal) {

  static Negotiated of(Terms terms, Message.Open peer) {
    Duration theirs = Duration.ofSeconds(peer.holdTime());
    Duration hold = terms.holdTime().compareTo(theirs) < 0 ? terms.holdTime() : theirs;
    Duration third = hold.dividedBy(3);
    boolean ownKeepalive = !terms.keepalive().isZero() && terms.keepalive().compareTo(third) < 0;
    Set<AddressFamily> families = new LinkedHashSet<>(terms.families());
    families.retainAll(peer.families());
    return new Negotiated(
        peer,
        hold,
        hold.isZero() ? Duration.ZERO : ownKeepalive ? terms.keepalive() : third,
        Collections.unmodifiableSet(families),
        new Wire(
            peer.offers(Capability.FourOctetAs.class),
            terms.ipv6NextHops() && peer.offersIpv6NextHops()),
        peer.as() == terms.localAs());
  }
}
