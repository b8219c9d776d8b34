package dev.ballast.loadbalancer.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.allocation.Decision.Verdict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class AllocationProperties {
  private static final List<Pool> POOLS =
      List.of(
          Given.pool("open", "192.0.2.0/30"),
          Given.onRequest(Given.pool("manual", "198.51.100.0/31")),
          Given.reserved(Given.pool("reserved", "203.0.113.0/31"), 5, Set.of("a")));

  @Property(tries = 400)
  void no_two_services_share_an_address_unless_both_allow_it(@ForAll("claims") List<Claim> claims) {
    Map<Address, List<Claim>> users = new HashMap<>();
    Map<ServiceName, Claim> byName = byName(claims);
    for (Decision decision : Allocation.decide(snapshot(claims)).decisions()) {
      for (Address address : decision.addresses()) {
        users.computeIfAbsent(address, _ -> new ArrayList<>()).add(byName.get(decision.service()));
      }
    }

    for (List<Claim> beside : users.values()) {
      Set<Port> ports = new HashSet<>();
      for (Claim claim : beside) {
        assertThat(beside.size() == 1 || !claim.sharingKey().isEmpty()).isTrue();
        assertThat(claim.sharingKey()).isEqualTo(beside.getFirst().sharingKey());
        assertThat(claim.backendKey()).isEqualTo(beside.getFirst().backendKey());
        claim.ports().forEach(port -> assertThat(ports.add(port)).isTrue());
      }
    }
  }

  @Property(tries = 400)
  void the_order_of_the_objects_does_not_matter(
      @ForAll("claims") List<Claim> claims, @ForAll long seed) {
    List<Claim> shuffled = new ArrayList<>(claims);
    Collections.shuffle(shuffled, new Random(seed));

    assertThat(addresses(Allocation.decide(snapshot(shuffled))))
        .isEqualTo(addresses(Allocation.decide(snapshot(claims))));
  }

  @Property(tries = 400)
  void a_restart_changes_nothing(@ForAll("claims") List<Claim> claims) {
    Allocations before = Allocation.decide(snapshot(claims));
    List<Claim> holding =
        claims.stream()
            .map(claim -> holding(claim, before.of(claim.service()).orElseThrow()))
            .toList();

    Allocations after = Allocation.decide(snapshot(holding));

    assertThat(addresses(after)).isEqualTo(addresses(before));
  }

  @Property(tries = 400)
  void every_pool_has_won_or_has_a_reason(@ForAll("claims") List<Claim> claims) {
    for (Decision decision : Allocation.decide(snapshot(claims)).decisions()) {
      Set<String> accounted = new HashSet<>();
      decision.losers().forEach(loser -> accounted.add(loser.candidate()));
      decision.losers().forEach(loser -> assertThat(loser.reason()).isNotBlank());
      if (decision.verdict() instanceof Verdict.Given given) {
        assertThat(accounted).doesNotContain(given.pool());
        accounted.add(given.pool());
      }
      assertThat(accounted).isEqualTo(Set.of("open", "manual", "reserved"));
    }
  }

  @Property(tries = 200)
  void the_counts_of_the_pools_are_those_of_the_services(@ForAll("claims") List<Claim> claims) {
    Allocations all = Allocation.decide(snapshot(claims));
    long distinct =
        all.decisions().stream()
            .flatMap(decision -> decision.addresses().stream())
            .filter(address -> POOLS.stream().anyMatch(pool -> pool.contains(address)))
            .distinct()
            .count();

    assertThat(all.pools().stream().mapToLong(PoolUse::assignedIpv4).sum()).isEqualTo(distinct);
  }

  @Provide
  Arbitrary<List<Claim>> claims() {
    Arbitrary<String> names =
        Arbitraries.of("a", "b")
            .flatMap(
                namespace -> Arbitraries.integers().between(0, 12).map(i -> namespace + "/s" + i));
    Arbitrary<String> addresses =
        Arbitraries.of(
            "192.0.2.0", "192.0.2.1", "192.0.2.2", "198.51.100.0", "203.0.113.1", "10.9.9.9");
    return Combinators.combine(
            names,
            Arbitraries.of("", "", "k", "l"),
            Arbitraries.integers().between(80, 82),
            Arbitraries.of("", "app=x"),
            addresses,
            Arbitraries.integers().between(0, 9))
        .as((name, sharing, port, backend, address, choice) -> {
          Given.Wish wish = Given.service(name).sharing(sharing, port).backends(backend);
          return switch (choice) {
            case 0, 1, 2 -> wish.holding(address);
            case 3 -> wish.asking(address);
            case 4 -> wish.fromPool("manual");
            case 5 -> wish.holding(address).fromPool("open");
            default -> wish;
          };
        })
        .map(Given.Wish::claim)
        .list()
        .uniqueElements(Claim::service)
        .ofMaxSize(16);
  }

  private static Snapshot snapshot(List<Claim> claims) {
    return new Snapshot(POOLS, List.of(), claims, Map.of(), "", Map.of());
  }

  private static Map<ServiceName, Claim> byName(List<Claim> claims) {
    return claims.stream().collect(Collectors.toMap(Claim::service, claim -> claim));
  }

  private static Map<ServiceName, List<Address>> addresses(Allocations all) {
    return all.decisions().stream()
        .collect(Collectors.toMap(Decision::service, Decision::addresses));
  }

  private static Claim holding(Claim claim, Decision decision) {
    return new Claim(
        claim.service(),
        claim.loadBalancer(),
        claim.loadBalancerClass(),
        claim.labels(),
        claim.families(),
        claim.clusterIps(),
        claim.familyPolicy(),
        claim.request(),
        claim.requestedPool(),
        claim.sharingKey(),
        claim.ports(),
        claim.backendKey(),
        decision.addresses());
  }
}
