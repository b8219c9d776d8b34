package dev.ballast.loadbalancer.bgp.advertising;

import dev.ballast.loadbalancer.allocation.Pool;
import dev.ballast.loadbalancer.config.ConfigurationProblem;
import java.util.List;
import java.util.Map;

/**
 * The peers and advertisements of a snapshot, in the order of their names. Of an object that is not
 * valid any more its last valid form stays in force.
 */
public record BgpConfiguration(
    List<PeerConfig> peers,
    List<BgpAdvertisement> advertisements,
    List<ConfigurationProblem> problems) {
  /** Before anything was read. */
  public static final BgpConfiguration NOTHING =
      new BgpConfiguration(List.of(), List.of(), List.of());

  public BgpConfiguration {
    peers = List.copyOf(peers);
    advertisements = List.copyOf(advertisements);
    problems = List.copyOf(problems);
  }

  /** Returns the advertisements of a pool. */
  public List<BgpAdvertisement> advertisementsOf(Pool pool, Map<String, String> labels) {
    return advertisements.stream().filter(ad -> ad.forPool(pool.name(), labels)).toList();
  }
}
