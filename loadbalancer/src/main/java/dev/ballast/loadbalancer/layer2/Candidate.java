package dev.ballast.loadbalancer.layer2;

import java.util.Map;

/**
 * What is known of a node.
 *
 * @param networkUnavailable whether its condition NetworkUnavailable is True
 * @param reachable whether other speakers can hear its speaker: not without an InternalIP
 */
public record Candidate(
    String node, Map<String, String> labels, boolean networkUnavailable, boolean reachable) {
  /** Nodes with this label, whatever its value, do not announce. */
  public static final String EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers";

  public Candidate {
    labels = Map.copyOf(labels);
  }

  /** One that can be heard. */
  public Candidate(String node, Map<String, String> labels, boolean networkUnavailable) {
    this(node, labels, networkUnavailable, true);
  }

  boolean excluded() {
    return labels.containsKey(EXCLUDED);
  }
}
