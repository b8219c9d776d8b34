package dev.ballast.loadbalancer.layer2;

import java.util.Map;

/**
 * What is known of a node.
 *
 * @param networkUnavailable whether its condition NetworkUnavailable is True
 */
public record Candidate(String node, Map<String, String> labels, boolean networkUnavailable) {
  /** Nodes with this label, whatever its value, do not announce. */
  public static final String EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers";

  public Candidate {
    labels = Map.copyOf(labels);
  }

  boolean excluded() {
    return labels.containsKey(EXCLUDED);
  }
}
