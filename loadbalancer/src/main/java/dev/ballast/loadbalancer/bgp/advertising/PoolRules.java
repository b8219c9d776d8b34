package dev.ballast.loadbalancer.bgp.advertising;

import dev.ballast.loadbalancer.address.AddressRange;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.allocation.Pool;
import dev.ballast.loadbalancer.config.Configuration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** What advertisements may not do to the pools that they are for, with MetalLB's texts. */
final class PoolRules {
  private final Configuration configuration;
  private final List<Map<String, String>> nodes;
  private final Map<String, List<BgpAdvertisement>> accepted = new HashMap<>();

  /**
   * @param nodes the labels of each node
   */
  PoolRules(Configuration configuration, List<Map<String, String>> nodes) {
    this.configuration = configuration;
    this.nodes = List.copyOf(nodes);
  }

  /** Accepts an advertisement, or returns why it does not go with the pools and those before. */
  Optional<String> accept(BgpAdvertisement ad) {
    List<Pool> pools = new ArrayList<>();
    for (Pool pool : configuration.pools()) {
      if (ad.forPool(pool.name(), configuration.poolLabels().getOrDefault(pool.name(), Map.of()))) {
        pools.add(pool);
      }
    }
    for (Pool pool : pools) {
      Optional<String> problem = length(ad, pool).or(() -> preference(ad, pool));
      if (problem.isPresent()) {
        return problem;
      }
    }
    pools.forEach(pool -> accepted.computeIfAbsent(pool.name(), _ -> new ArrayList<>()).add(ad));
    return Optional.empty();
  }

  /** Of a range, its largest block counts. */
  private static Optional<String> length(BgpAdvertisement ad, Pool pool) {
    for (AddressRange range : pool.ranges()) {
      int shortest =
          range.cidrs().stream().mapToInt(Cidr::prefixLength).min().orElse(Integer.MAX_VALUE);
      Family family = range.cidrs().getFirst().network().family();
      int length = ad.lengths().getOrDefault(family, family.bits());
      if (length < shortest) {
        return Optional.of(
            "invalid aggregation length %d: prefix %d in this pool is more specific than the aggregation length for addresses %s"
                .formatted(length, shortest, range));
      }
    }
    return Optional.empty();
  }

  private Optional<String> preference(BgpAdvertisement ad, Pool pool) {
    return accepted.getOrDefault(pool.name(), List.of()).stream()
        .filter(before -> before.attributes().localPref() != ad.attributes().localPref())
        // Which services they are for is known per service only.
        .filter(before -> before.serviceSelectors().isEmpty() && ad.serviceSelectors().isEmpty())
        .filter(before -> collide(ad, before, pool))
        .findFirst()
        .map(before ->
            "invalid local preference %d: local preferernce %d was already set for the same type of BGP update. Check existing BGP advertisements with common pools and aggregation lengths"
                .formatted(ad.attributes().localPref(), before.attributes().localPref()));
  }

  private boolean collide(BgpAdvertisement one, BgpAdvertisement other, Pool pool) {
    Set<Family> families = EnumSet.noneOf(Family.class);
    pool.ranges().forEach(range -> families.add(range.cidrs().getFirst().network().family()));
    boolean sameLength =
        families.stream()
            .anyMatch(
                family -> Objects.equals(one.lengths().get(family), other.lengths().get(family)));
    boolean commonPeer =
        one.peers().isEmpty()
            || other.peers().isEmpty()
            || one.peers().stream().anyMatch(other.peers()::contains);
    return sameLength
        && commonPeer
        && nodes.stream().anyMatch(labels -> one.forNode(labels) && other.forNode(labels));
  }
}
