package dev.ballast.loadbalancer.allocation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The decisions on all services of a snapshot. Immutable. */
public final class Allocations {
  private final List<Decision> decisions;
  private final List<PoolUse> pools;
  private final Map<ServiceName, Claim.Terms> settled;
  private final long probes;
  private final Map<ServiceName, Decision> byService = new HashMap<>();

  /**
   * Makes them.
   *
   * @param decisions in the order in which they were made
   * @param probes how many addresses were looked at to find free ones: what the work grows with
   */
  public Allocations(
      List<Decision> decisions,
      List<PoolUse> pools,
      Map<ServiceName, Claim.Terms> settled,
      long probes) {
    this.decisions = List.copyOf(decisions);
    this.pools = List.copyOf(pools);
    this.settled = Map.copyOf(settled);
    this.probes = probes;
    decisions.forEach(decision -> byService.putIfAbsent(decision.service(), decision));
  }

  /** Returns all decisions, in the order in which they were made. */
  public List<Decision> decisions() {
    return decisions;
  }

  /** Returns what each pool has given. */
  public List<PoolUse> pools() {
    return pools;
  }

  /** Returns what the services that have addresses were given them for. */
  public Map<ServiceName, Claim.Terms> settled() {
    return settled;
  }

  /** Returns how many addresses were looked at to find free ones. */
  public long probes() {
    return probes;
  }

  /** Returns the decision on a service. */
  public Optional<Decision> of(ServiceName service) {
    return Optional.ofNullable(byService.get(service));
  }
}
