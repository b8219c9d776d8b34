package dev.ballast.loadbalancer.allocation;

import java.util.List;
import java.util.Map;

/**
 * All that an allocation depends on.
 *
 * @param pools the valid pools; they do not overlap
 * @param pausedPools the pools that are not valid now: what was given from them stays, nothing more
 *     is given
 * @param namespaceLabels the labels of each namespace
 * @param loadBalancerClass the class of services that are ours, empty for those without one
 * @param settled the terms that earlier decisions were made on: where two services that hold one
 *     address do not go together any more, the one whose terms changed has to go. May be empty, as
 *     after a restart.
 */
public record Snapshot(
    List<Pool> pools,
    List<String> pausedPools,
    List<Claim> claims,
    Map<String, Map<String, String>> namespaceLabels,
    String loadBalancerClass,
    Map<ServiceName, Claim.Terms> settled) {
  public Snapshot {
    pools = List.copyOf(pools);
    pausedPools = List.copyOf(pausedPools);
    claims = List.copyOf(claims);
    namespaceLabels = Map.copyOf(namespaceLabels);
    settled = Map.copyOf(settled);
  }
}
