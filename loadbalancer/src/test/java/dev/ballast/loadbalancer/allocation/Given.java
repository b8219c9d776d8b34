package dev.ballast.loadbalancer.allocation;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.AddressRange;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.objects.LabelSelector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Pools and services for tests, as short as they are told. */
final class Given {
  private Given() {}

  static Pool pool(String name, String... ranges) {
    return new Pool(name, ranges(ranges), true, false, new Pool.Audience.Everyone());
  }

  static Pool onRequest(Pool pool) {
    return new Pool(pool.name(), pool.ranges(), false, pool.avoidBuggyIps(), pool.audience());
  }

  static Pool avoidingBuggyIps(Pool pool) {
    return new Pool(pool.name(), pool.ranges(), pool.autoAssign(), true, pool.audience());
  }

  static Pool reserved(Pool pool, int priority, Set<String> namespaces, LabelSelector... services) {
    return new Pool(
        pool.name(),
        pool.ranges(),
        pool.autoAssign(),
        pool.avoidBuggyIps(),
        new Pool.Audience.Reserved(priority, namespaces, List.of(), List.of(services)));
  }

  static List<AddressRange> ranges(String... texts) {
    return Stream.of(texts)
        .map(AddressRange::parse)
        .map(parsed -> ((AddressRange.Parsed.Range) parsed).range())
        .toList();
  }

  static List<Address> addresses(String... texts) {
    return Stream.of(texts).map(text -> Address.parse(text).orElseThrow()).toList();
  }

  static Wish service(String name) {
    return new Wish(name);
  }

  static Snapshot snapshot(List<Pool> pools, Wish... wishes) {
    return new Snapshot(
        pools, List.of(), Arrays.stream(wishes).map(Wish::claim).toList(), Map.of(), "", Map.of());
  }

  static Allocations decide(List<Pool> pools, Wish... wishes) {
    return Allocation.decide(snapshot(pools, wishes));
  }

  /** A service that grows as it is told. */
  static final class Wish {
    private final ServiceName name;
    private boolean loadBalancer = true;
    private String loadBalancerClass = "";
    private Map<String, String> labels = Map.of();
    private List<Family> families = List.of(Family.IPV4);
    private FamilyPolicy policy = FamilyPolicy.SINGLE_STACK;
    private Claim.Request request = new Claim.Request.Any();
    private String pool = "";
    private String sharingKey = "";
    private final List<Port> ports = new ArrayList<>();
    private String backendKey = "";
    private List<Address> held = List.of();

    private Wish(String name) {
      this.name = ServiceName.parse(name);
      ports.add(new Port("TCP", 80));
    }

    Wish notLoadBalancer() {
      loadBalancer = false;
      return this;
    }

    Wish ofClass(String name) {
      loadBalancerClass = name;
      return this;
    }

    Wish labelled(String key, String value) {
      labels = Map.of(key, value);
      return this;
    }

    Wish families(FamilyPolicy policy, Family... families) {
      this.policy = policy;
      this.families = List.of(families);
      return this;
    }

    Wish asking(String... addresses) {
      request = new Claim.Request.These(addresses(addresses));
      return this;
    }

    Wish askingNonsense(String problem) {
      request = new Claim.Request.Invalid(problem);
      return this;
    }

    Wish fromPool(String pool) {
      this.pool = pool;
      return this;
    }

    Wish sharing(String key, int port) {
      sharingKey = key;
      ports.clear();
      ports.add(new Port("TCP", port));
      return this;
    }

    Wish backends(String key) {
      backendKey = key;
      return this;
    }

    Wish holding(String... addresses) {
      held = addresses(addresses);
      return this;
    }

    Claim claim() {
      return new Claim(
          name,
          loadBalancer,
          loadBalancerClass,
          labels,
          families,
          families.stream().map(family -> family == Family.IPV4 ? "10.0.0.1" : "fd00::1").toList(),
          policy,
          request,
          pool,
          sharingKey,
          Set.copyOf(ports),
          backendKey,
          held);
    }
  }
}
