package dev.ballast.loadbalancer.layer2;

import dev.ballast.objects.LabelSelector;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A valid L2Advertisement.
 *
 * @param pools the names of the pools that it is for
 * @param poolSelectors further pools, by their labels; all pools if both are empty
 * @param nodeSelectors the nodes that may announce; all if empty
 * @param interfaces the interfaces to announce on; all if empty
 * @param serviceSelectors the services that it is for; all if empty
 */
public record Advertisement(
    String name,
    Set<String> pools,
    List<LabelSelector> poolSelectors,
    List<LabelSelector> nodeSelectors,
    Set<String> interfaces,
    List<LabelSelector> serviceSelectors,
    List<Preference> preferences) {

  public Advertisement {
    pools = Set.copyOf(pools);
    poolSelectors = List.copyOf(poolSelectors);
    nodeSelectors = List.copyOf(nodeSelectors);
    interfaces = Set.copyOf(interfaces);
    serviceSelectors = List.copyOf(serviceSelectors);
    preferences = List.copyOf(preferences);
  }

  /** Nodes that should rather announce than others. */
  public record Preference(int weight, LabelSelector nodes) {}

  /** Whether it is for a pool. */
  public boolean forPool(String pool, Map<String, String> poolLabels) {
    return (pools.isEmpty() && poolSelectors.isEmpty())
        || pools.contains(pool)
        || poolSelectors.stream().anyMatch(selector -> selector.matches(poolLabels));
  }

  boolean forService(Map<String, String> labels) {
    return serviceSelectors.isEmpty()
        || serviceSelectors.stream().anyMatch(selector -> selector.matches(labels));
  }

  boolean selects(Map<String, String> nodeLabels) {
    return nodeSelectors.isEmpty()
        || nodeSelectors.stream().anyMatch(selector -> selector.matches(nodeLabels));
  }

  /** How much the node is preferred by this advertisement, if it selects the node at all. */
  int weight(Map<String, String> nodeLabels) {
    return !selects(nodeLabels)
        ? 0
        : preferences.stream()
            .filter(preference -> preference.nodes().matches(nodeLabels))
            .mapToInt(Preference::weight)
            .sum();
  }
}
