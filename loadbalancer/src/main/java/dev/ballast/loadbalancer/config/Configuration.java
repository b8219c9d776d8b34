package dev.ballast.loadbalancer.config;

import dev.ballast.loadbalancer.address.AddressRange;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.allocation.Pool;
import dev.ballast.loadbalancer.layer2.Advertisement;
import dev.ballast.loadbalancer.resource.IPAddressPool;
import dev.ballast.loadbalancer.resource.L2Advertisement;
import dev.ballast.loadbalancer.resource.Rights;
import dev.ballast.objects.LabelSelector;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.Problem;
import dev.ballast.objects.Snapshot;
import dev.ballast.objects.Stored;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The pools and advertisements of a snapshot. A pool that is not valid is left out and named among
 * the paused: what was given of it stays, nothing more is given. The original refuses all of a
 * configuration for one broken object; here the others go on.
 *
 * @param pools the valid pools; they do not overlap
 * @param pausedPools the names of those that are not valid now
 * @param poolLabels the labels of each valid pool
 */
public record Configuration(
    List<Pool> pools,
    List<String> pausedPools,
    Map<String, Map<String, String>> poolLabels,
    List<Advertisement> advertisements,
    List<ConfigurationProblem> problems) {
  /** The original reads its own namespace alone, so that a pool there comes first. */
  private static final Comparator<Stored> BY_NAME =
      Comparator.comparing((Stored stored) -> stored.object().metadata().name())
          .thenComparing(
              stored -> !stored.object().metadata().namespace().equals(Rights.NAMESPACE));

  public Configuration {
    pools = List.copyOf(pools);
    pausedPools = List.copyOf(pausedPools);
    poolLabels = Map.copyOf(poolLabels);
    advertisements = List.copyOf(advertisements);
    problems = List.copyOf(problems);
  }

  /** Reads everything in the order of names. */
  public static Configuration read(Snapshot snapshot) {
    return read(snapshot, List.of());
  }

  /**
   * Reads.
   *
   * @param incumbents the pools that were there before, in the order of their rank: where two
   *     overlap, the newer one is at fault
   */
  public static Configuration read(Snapshot snapshot, List<String> incumbents) {
    return new Reader(incumbents).read(snapshot);
  }

  /**
   * Who comes first where pools overlap in the next reading: those valid now, then those that were
   * and are paused, for what was given of them stays too.
   */
  public List<String> incumbents(List<String> before) {
    List<String> incumbents = new ArrayList<>(pools.stream().map(Pool::name).toList());
    before.stream().filter(pausedPools::contains).forEach(incumbents::add);
    return incumbents;
  }

  /** The advertisements of a pool. */
  public List<Advertisement> advertisementsOf(String pool) {
    Map<String, String> labels = poolLabels.getOrDefault(pool, Map.of());
    return advertisements.stream().filter(ad -> ad.forPool(pool, labels)).toList();
  }

  private static final class Reader {
    private final Map<String, Integer> ranks = new HashMap<>();
    private final List<ConfigurationProblem> problems = new ArrayList<>();
    private final List<String> paused = new ArrayList<>();
    private final Map<Pool, Stored> pools = new LinkedHashMap<>();

    Reader(List<String> incumbents) {
      incumbents.forEach(name -> ranks.put(name, ranks.size()));
    }

    Configuration read(Snapshot snapshot) {
      List<Stored> stored =
          snapshot.objects().stream()
              .filter(one -> one.object() instanceof IPAddressPool)
              .sorted(Comparator.comparingInt(this::rank).thenComparing(BY_NAME))
              .toList();
      stored.forEach(this::pool);
      // A manifest that does not even decode may be a pool: what was given of it must stay.
      snapshot.problems().stream()
          .filter(problem -> problem.severity() == Problem.Severity.ERROR)
          .map(problem -> "(unreadable: " + problem.origin().file() + ")")
          .distinct()
          .forEach(paused::add);
      List<Advertisement> advertisements = new ArrayList<>();
      snapshot.objects().stream()
          .filter(one -> one.object() instanceof L2Advertisement)
          .forEach(one -> advertisement(one).ifPresent(advertisements::add));
      Map<String, Map<String, String>> labels = new LinkedHashMap<>();
      pools.forEach((pool, one) -> labels.put(pool.name(), one.object().metadata().labels()));
      return new Configuration(
          List.copyOf(pools.keySet()), paused, labels, advertisements, problems);
    }

    private int rank(Stored stored) {
      return ranks.getOrDefault(stored.object().metadata().name(), Integer.MAX_VALUE);
    }

    private void pool(Stored stored) {
      IPAddressPool object = (IPAddressPool) stored.object();
      int before = problems.size();
      List<AddressRange> ranges = ranges(stored, object.spec().addresses());
      duplicates(stored, object.spec().serviceAllocation());
      sameName(stored);
      if (problems.size() > before) {
        String name = object.metadata().name();
        if (pools.keySet().stream().noneMatch(pool -> pool.name().equals(name))) {
          paused.add(name);
        }
        return;
      }
      pools.put(
          new Pool(
              object.metadata().name(),
              ranges,
              object.spec().autoAssign(),
              object.spec().avoidBuggyIPs(),
              audience(object.spec().serviceAllocation())),
          stored);
    }

    private static Pool.Audience audience(IPAddressPool.ServiceAllocation allocation) {
      return allocation.present()
          ? new Pool.Audience.Reserved(
              allocation.priority(),
              Set.copyOf(allocation.namespaces()),
              allocation.namespaceSelectors(),
              allocation.serviceSelectors())
          : new Pool.Audience.Everyone();
    }

    private void duplicates(Stored stored, IPAddressPool.ServiceAllocation allocation) {
      if (new HashSet<>(allocation.namespaces()).size() != allocation.namespaces().size()) {
        problem(
            stored,
            "spec.serviceAllocation.namespaces",
            "duplicate definition in namespaces field",
            "name each namespace once");
      }
      unique(
          stored,
          "spec.serviceAllocation.namespaceSelectors",
          "namespaceSelectors",
          allocation.namespaceSelectors());
      unique(
          stored,
          "spec.serviceAllocation.serviceSelectors",
          "serviceSelectors",
          allocation.serviceSelectors());
    }

    /** Advertisements and annotations name a pool without its namespace. */
    private void sameName(Stored stored) {
      String name = stored.object().metadata().name();
      pools.entrySet().stream()
          .filter(other -> other.getKey().name().equals(name))
          .findFirst()
          .ifPresent(other ->
              problem(
                  stored,
                  "metadata.name",
                  "there is another pool of this name in namespace %s (%s)"
                      .formatted(
                          other.getValue().object().metadata().namespace(),
                          other.getValue().origin()),
                  "keep the pools in one namespace, or give this one another name"));
    }

    private List<AddressRange> ranges(Stored stored, List<String> texts) {
      List<AddressRange> ranges = new ArrayList<>();
      if (texts.isEmpty()) {
        problem(
            stored,
            "spec.addresses",
            "pool has no prefixes defined",
            "name a CIDR (192.0.2.0/28) or a range (192.0.2.10-192.0.2.20)");
      }
      for (int i = 0; i < texts.size(); i++) {
        String path = "spec.addresses[" + i + "]";
        switch (AddressRange.parse(texts.get(i))) {
          case AddressRange.Parsed.Problem(String text) ->
              problem(
                  stored,
                  path,
                  text,
                  "write a CIDR (192.0.2.0/28) or a range (192.0.2.10-192.0.2.20)");
          case AddressRange.Parsed.Range(AddressRange range) -> {
            overlap(stored, path, range, ranges);
            ranges.add(range);
          }
        }
      }
      return ranges;
    }

    private void overlap(
        Stored stored, String path, AddressRange range, List<AddressRange> ownBefore) {
      String name = stored.object().metadata().name();
      for (AddressRange before : ownBefore) {
        if (before.overlaps(range)) {
          problem(
              stored, path, overlapText(name, range, before), "name each address of the pool once");
          return;
        }
      }
      for (Map.Entry<Pool, Stored> other : pools.entrySet()) {
        for (AddressRange before : other.getKey().ranges()) {
          if (before.overlaps(range)) {
            problem(
                stored,
                path,
                overlapText(name, range, before),
                "it is also in pool %s (%s), which stays in force; give each address to one pool"
                    .formatted(other.getKey().name(), other.getValue().origin()));
            return;
          }
        }
      }
    }

    /** The original compares the blocks of a range one by one, and names the first pair. */
    private static String overlapText(String pool, AddressRange range, AddressRange before) {
      for (Cidr block : range.cidrs()) {
        for (Cidr other : before.cidrs()) {
          if (block.range().overlaps(other.range())) {
            return "CIDR \"%s\" in pool \"%s\" overlaps with already defined CIDR \"%s\""
                .formatted(block, pool, other);
          }
        }
      }
      throw new IllegalArgumentException(range + " does not overlap " + before);
    }

    private Optional<Advertisement> advertisement(Stored stored) {
      L2Advertisement object = (L2Advertisement) stored.object();
      L2Advertisement.Spec spec = object.spec();
      int before = problems.size();
      unique(stored, "spec.ipAddressPools", "ipAddressPools", spec.ipAddressPools());
      unique(stored, "spec.interfaces", "interfaces", spec.interfaces());
      unique(stored, "spec.nodeSelectors", "nodeSelectors", spec.nodeSelectors());
      unique(stored, "spec.serviceSelectors", "serviceSelectors", spec.serviceSelectors());
      unique(
          stored,
          "spec.ipAddressPoolSelectors",
          "ipAddressPoolSelectors",
          spec.ipAddressPoolSelectors());
      if (problems.size() > before) {
        return Optional.empty();
      }
      return Optional.of(
          new Advertisement(
              object.metadata().name(),
              Set.copyOf(spec.ipAddressPools()),
              spec.ipAddressPoolSelectors(),
              spec.nodeSelectors(),
              Set.copyOf(spec.interfaces()),
              spec.serviceSelectors(),
              spec.preferredNodeSelectors().stream().map(Reader::preference).toList()));
    }

    private static Advertisement.Preference preference(L2Advertisement.PreferredNodes nodes) {
      LabelSelector selector = nodes.preference();
      return new Advertisement.Preference(nodes.weight(), selector);
    }

    private void unique(Stored stored, String path, String field, List<?> values) {
      Set<Object> seen = new HashSet<>();
      for (Object value : values) {
        if (!seen.add(value)) {
          problem(
              stored,
              path,
              "duplicate definition of %s \"%s\"".formatted(field, value),
              "name it once");
        }
      }
    }

    private void problem(Stored stored, String path, String message, String remedy) {
      ObjectKey key = stored.object().key();
      problems.add(
          new ConfigurationProblem(key, stored.origin(path).toString(), path, message, remedy));
    }
  }
}
