package dev.ballast.loadbalancer.allocation;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The decisions on all services of a snapshot, in the order in which they were made.
 *
 * @param probes how many addresses were looked at to find free ones: what the work grows with
 */
public record Allocations(
    List<Decision> decisions,
    List<PoolUse> pools,
    Map<ServiceName, Claim.Terms> settled,
    long probes) {
  public Allocations {
    decisions = List.copyOf(decisions);
    pools = List.copyOf(pools);
    settled = Map.copyOf(settled);
  }

  public Optional<Decision> of(ServiceName service) {
    return decisions.stream().filter(decision -> decision.service().equals(service)).findFirst();
  }
}
