package dev.ballast.mesh.envoy;

import dev.ballast.mesh.resource.DestinationRule;
import dev.ballast.mesh.resource.TrafficPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What several rules say about one host: the oldest with a policy counts, the subsets are those of
 * all, each by its oldest.
 */
record HostPolicy(List<DestinationRule> rules, TrafficPolicy policy, List<Subset> subsets) {
  /** A subset and the rule that it is from. */
  record Subset(DestinationRule.Subset subset, DestinationRule rule) {}

  static HostPolicy of(List<DestinationRule> rules) {
    List<Subset> subsets = new ArrayList<>();
    Optional<TrafficPolicy> policy = Optional.empty();
    for (DestinationRule rule : rules) {
      policy = policy.or(() -> rule.spec().policy());
      for (DestinationRule.Subset subset : rule.spec().subsets()) {
        if (subsets.stream().noneMatch(each -> each.subset().name().equals(subset.name()))) {
          subsets.add(new Subset(subset, rule));
        }
      }
    }
    return new HostPolicy(rules, policy.orElse(TrafficPolicy.NONE), subsets);
  }

  TrafficPolicy ofPort(int port) {
    return policy.ofPort(port);
  }

  TrafficPolicy ofPort(Subset subset, int port) {
    return subset
        .subset()
        .policy()
        .map(own -> policy.ofPort(port).overriddenBy(own.ofPort(port)))
        .orElseGet(() -> policy.ofPort(port));
  }

  Optional<Subset> subset(String name) {
    return subsets.stream().filter(each -> each.subset().name().equals(name)).findFirst();
  }

  Optional<String> configPath() {
    return rules.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Names.config(
                "destination-rule",
                rules.getFirst().metadata().namespace(),
                rules.getFirst().metadata().name()));
  }
}
