package dev.ballast.loadbalancer.bgp.speaker;

import dev.ballast.loadbalancer.bgp.advertising.BgpNode;
import dev.ballast.loadbalancer.bgp.advertising.BgpService;
import dev.ballast.loadbalancer.bgp.advertising.PeerConfig;
import java.util.List;
import java.util.Map;

/**
 * What the objects say, as far as BGP goes.
 *
 * @param services those with addresses of a pool that some BGPAdvertisement is for, by name
 * @param peers those of this node
 */
public record BgpKnowledge(BgpNode node, List<BgpService> services, List<PeerConfig> peers) {
  /** Before anything was read. */
  public static final BgpKnowledge NOTHING =
      new BgpKnowledge(new BgpNode("", Map.of(), false, false, false), List.of(), List.of());

  public BgpKnowledge {
    services = List.copyOf(services);
    peers = List.copyOf(peers);
  }
}
