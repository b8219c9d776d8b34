package dev.ballast.loadbalancer.bgp.speaker;

import dev.ballast.loadbalancer.bgp.advertising.BgpStanding;
import dev.ballast.loadbalancer.bgp.peering.PeerStatus;
import dev.ballast.loadbalancer.resource.BGPSessionState;
import dev.ballast.loadbalancer.resource.ServiceBGPStatus;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.WriteBack;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Writes what a speaker reports to the objects ServiceBGPStatus and BGPSessionState. */
public final class BgpWrites implements BgpReport {
  private static final Logger LOG = System.getLogger(BgpWrites.class.getName());
  private static final String NAMESPACE = "metallb-system";

  private final String node;
  private final WriteBack writes;
  private final Events events;

  /** Tells people about a service. */
  public interface Events {
    /** This node announces it, with the protocol {@code bgp}, and did not before. */
    void announcing(String service);
  }

  public BgpWrites(String node, WriteBack writes, Events events) {
    this.node = node;
    this.writes = writes;
    this.events = events;
  }

  @Override
  public void announced(BgpStanding.Announced standing, boolean first) {
    if (first) {
      LOG.log(
          Level.INFO,
          () ->
              "announcing %s at %s by BGP to %s"
                  .formatted(standing.service(), standing.addresses(), standing.peers().keySet()));
      events.announcing(standing.service());
    }
    int slash = standing.service().indexOf('/');
    Map<String, Object> status = new TreeMap<>();
    status.put("node", node);
    status.put("serviceName", standing.service().substring(slash + 1));
    status.put("serviceNamespace", standing.service().substring(0, slash));
    status.put("peers", List.copyOf(standing.peers().keySet()));
    writes.statusAfter(service(standing.service()), status, Set.of());
  }

  @Override
  public void withdrawn(BgpStanding.Withheld standing) {
    LOG.log(
        Level.INFO,
        () ->
            "withdrawing %s by BGP: reason=%s: %s"
                .formatted(standing.service(), standing.reason(), standing.why()));
    writes.remove(service(standing.service()));
  }

  @Override
  public void session(String peer, PeerStatus status, Optional<String> bfd) {
    Map<String, Object> state = new TreeMap<>();
    state.put("bgpStatus", status.state());
    state.put("bfdStatus", bfd.map(text -> text.toLowerCase(java.util.Locale.ROOT)).orElse("N/A"));
    state.put("node", node);
    state.put("peer", peer);
    state.put("vrf", "");
    writes.statusAfter(session(peer), state, Set.of());
  }

  @Override
  public void gone(String peer) {
    writes.remove(session(peer));
  }

  private ObjectKey service(String service) {
    return ServiceBGPStatus.KIND.key(NAMESPACE, "bgp-" + service.replace('/', '-') + "-" + node);
  }

  private ObjectKey session(String peer) {
    return BGPSessionState.KIND.key(NAMESPACE, node + "-" + peer);
  }
}
