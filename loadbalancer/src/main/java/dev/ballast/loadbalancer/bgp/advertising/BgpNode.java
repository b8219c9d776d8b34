package dev.ballast.loadbalancer.bgp.advertising;

import java.util.Map;

/**
 * The node that announces.
 *
 * @param networkUnavailable whether its condition NetworkUnavailable is True
 * @param excluded whether it is kept out of load balancing by a label that counts
 * @param draining it is about to leave: routes stay for a moment, as the last choice
 */
public record BgpNode(
    String name,
    Map<String, String> labels,
    boolean networkUnavailable,
    boolean excluded,
    boolean draining) {
  public BgpNode {
    labels = Map.copyOf(labels);
  }
}
