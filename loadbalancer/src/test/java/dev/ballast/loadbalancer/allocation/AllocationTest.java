package dev.ballast.loadbalancer.allocation;

import static dev.ballast.loadbalancer.address.Family.IPV4;
import static dev.ballast.loadbalancer.address.Family.IPV6;
import static dev.ballast.loadbalancer.allocation.FamilyPolicy.PREFER_DUAL_STACK;
import static dev.ballast.loadbalancer.allocation.FamilyPolicy.REQUIRE_DUAL_STACK;
import static dev.ballast.loadbalancer.allocation.Given.addresses;
import static dev.ballast.loadbalancer.allocation.Given.decide;
import static dev.ballast.loadbalancer.allocation.Given.onRequest;
import static dev.ballast.loadbalancer.allocation.Given.pool;
import static dev.ballast.loadbalancer.allocation.Given.reserved;
import static dev.ballast.loadbalancer.allocation.Given.service;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.allocation.Decision.Because;
import dev.ballast.loadbalancer.allocation.Decision.Loser;
import dev.ballast.loadbalancer.allocation.Decision.Verdict;
import dev.ballast.objects.LabelSelector;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AllocationTest {
  private static final List<Pool> ONE = List.of(pool("p", "192.0.2.0/30"));

  @Nested
  class A_service_that_holds_nothing {
    @Test
    void gets_the_first_address_of_the_pool() {
      Decision decision = only(decide(ONE, service("web")));

      assertThat(decision.verdict())
          .isEqualTo(new Verdict.Given(addresses("192.0.2.0"), "p", Because.OPEN_POOL));
      assertThat(decision.notices())
          .containsExactly(Notice.normal("IPAllocated", "Assigned IP [\"192.0.2.0\"]"));
    }

    @Test
    void does_not_get_a_buggy_address_of_a_pool_that_avoids_them() {
      Pool pool = Given.avoidingBuggyIps(pool("p", "192.0.2.255-192.0.3.1"));

      Allocations all = decide(List.of(pool), service("a"), service("b"));

      assertThat(given(all, "a")).isEqualTo(addresses("192.0.3.1"));
      assertThat(all.of(ServiceName.parse("b")).orElseThrow().verdict())
          .isEqualTo(new Verdict.Refused("no available IPs"));
    }

    @Test
    void is_told_when_nothing_is_left_and_why_each_pool_lost() {
      Decision decision =
          decide(
                  List.of(
                      pool("full", "192.0.2.1/32"),
                      onRequest(pool("manual", "192.0.2.8/32")),
                      pool("six", "2001:db8::/64"),
                      reserved(pool("theirs", "192.0.2.9/32"), 1, Set.of("other"))),
                  service("web"),
                  service("first").holding("192.0.2.1"))
              .of(ServiceName.parse("web"))
              .orElseThrow();

      assertThat(decision.verdict()).isEqualTo(new Verdict.Refused("no available IPs"));
      assertThat(decision.notices())
          .containsExactly(
              Notice.warning(
                  "AllocationFailed",
                  "Failed to allocate IP for \"default/web\": no available IPs"));
      assertThat(decision.losers())
          .containsExactlyInAnyOrder(
              new Loser("full", "all of its 1 IPv4 addresses are in use"),
              new Loser(
                  "manual", "autoAssign is false: only services that ask for it are given of it"),
              new Loser("six", "it has no IPv4 addresses"),
              new Loser("theirs", "it is not for namespace default"));
    }

    @Test
    void is_left_alone_when_its_class_is_not_ours() {
      assertThat(only(decide(ONE, service("web").ofClass("cloud"))).verdict())
          .isInstanceOf(Verdict.NotOurs.class);
    }
  }

  @Nested
  class A_service_that_asks {
    @Test
    void gets_the_address_that_it_asks_for_even_of_a_pool_without_autoAssign() {
      Decision decision =
          only(decide(List.of(onRequest(ONE.getFirst())), service("web").asking("192.0.2.3")));

      assertThat(decision.verdict())
          .isEqualTo(new Verdict.Given(addresses("192.0.2.3"), "p", Because.REQUESTED_ADDRESSES));
    }

    @Test
    void gets_it_before_one_that_takes_any() {
      Allocations all = decide(ONE, service("a"), service("z").asking("192.0.2.0"));

      assertThat(given(all, "z")).isEqualTo(addresses("192.0.2.0"));
      assertThat(given(all, "a")).isEqualTo(addresses("192.0.2.1"));
    }

    @Test
    void is_refused_an_address_outside_every_pool() {
      assertThat(failure(ONE, service("web").asking("198.51.100.1")))
          .isEqualTo("[\"198.51.100.1\"] is not allowed in config");
    }

    @Test
    void is_refused_an_address_of_another_family() {
      assertThat(failure(ONE, service("web").asking("2001:db8::1")))
          .isEqualTo(
              "requested loadBalancer IP(s) [\"2001:db8::1\"] does not match the ipFamily of the"
                  + " service");
    }

    @Test
    void is_refused_a_pool_that_is_not_there_or_not_for_it_or_full() {
      Pool theirs = reserved(pool("theirs", "192.0.2.9/32"), 1, Set.of("other"));
      Pool tiny = pool("tiny", "192.0.2.10/32");
      List<Pool> pools = List.of(theirs, tiny);

      assertThat(failure(pools, service("web").fromPool("gone")))
          .isEqualTo("unknown pool \"gone\"");
      assertThat(failure(pools, service("web").fromPool("theirs")))
          .isEqualTo("pool theirs not compatible for ip assignment");
      assertThat(
              failure(pools, service("web").fromPool("tiny"), service("x").holding("192.0.2.10")))
          .isEqualTo("no available IPs in pool tiny");
      assertThat(failure(pools, service("web").asking("192.0.2.10").fromPool("theirs")))
          .isEqualTo(
              "requested loadBalancer IP(s) [\"192.0.2.10\"] is not compatible with requested"
                  + " address pool theirs");
      assertThat(failure(pools, service("web").asking("192.0.2.9")))
          .isEqualTo("pool theirs not compatible for ip assignment");
    }

    @Test
    void keeps_what_it_holds_while_its_request_is_not_understood() {
      Decision decision =
          only(decide(ONE, service("web").holding("192.0.2.2").askingNonsense("a and b")));

      assertThat(decision.addresses()).isEqualTo(addresses("192.0.2.2"));
      assertThat(decision.notices())
          .containsExactly(
              Notice.warning("LoadBalancerFailed", "invalid requested loadbalancer IPs: a and b"));
    }

    @Test
    void moves_when_it_asks_for_another_address_or_pool() {
      List<Pool> pools = List.of(ONE.getFirst(), pool("q", "192.0.2.64/30"));

      assertThat(given(decide(pools, service("w").holding("192.0.2.1").asking("192.0.2.65")), "w"))
          .isEqualTo(addresses("192.0.2.65"));
      assertThat(given(decide(pools, service("w").holding("192.0.2.1").fromPool("q")), "w"))
          .isEqualTo(addresses("192.0.2.64"));
    }
  }

  @Nested
  class A_service_that_holds_an_address {
    @Test
    void keeps_it_and_comes_before_those_that_hold_none() {
      Allocations all = decide(ONE, service("a"), service("z").holding("192.0.2.0"));

      assertThat(all.of(ServiceName.parse("z")).orElseThrow().verdict())
          .isEqualTo(new Verdict.Given(addresses("192.0.2.0"), "p", Because.HELD));
      assertThat(all.of(ServiceName.parse("z")).orElseThrow().notices()).isEmpty();
      assertThat(given(all, "a")).isEqualTo(addresses("192.0.2.1"));
    }

    @Test
    void gets_another_when_no_pool_has_it_any_more() {
      Decision decision = only(decide(ONE, service("web").holding("203.0.113.1")));

      assertThat(decision.addresses()).isEqualTo(addresses("192.0.2.0"));
      assertThat(decision.notices())
          .containsExactly(
              Notice.normal(
                  "ClearAssignment",
                  "current IP for \"default/web\" not allowed by config, will attempt for new IP"
                      + " assignment: [\"203.0.113.1\"] is not allowed in config"),
              Notice.normal("IPAllocated", "Assigned IP [\"192.0.2.0\"]"));
    }

    @Test
    void keeps_it_while_the_pool_that_it_may_be_of_is_not_valid() {
      Snapshot snapshot =
          new Snapshot(
              ONE,
              List.of("broken"),
              List.of(service("web").holding("203.0.113.1").claim()),
              Map.of(),
              "",
              Map.of());

      assertThat(only(Allocation.decide(snapshot)).verdict())
          .isEqualTo(
              new Verdict.Given(addresses("203.0.113.1"), "broken", Because.HELD_FROM_PAUSED_POOL));
    }

    @Test
    void loses_it_when_it_is_no_LoadBalancer_or_there_is_no_pool() {
      assertThat(only(decide(ONE, service("w").holding("192.0.2.1").notLoadBalancer())).verdict())
          .isEqualTo(new Verdict.Cleared("notLoadBalancer"));
      assertThat(only(decide(List.of(), service("w").holding("192.0.2.1"))).verdict())
          .isEqualTo(new Verdict.Cleared("noConfig"));
    }
  }

  @Nested
  class Services_with_a_sharing_key {
    @Test
    void share_the_earliest_address_that_fits() {
      Allocations all =
          decide(
              ONE,
              service("a").sharing("k", 80).holding("192.0.2.2"),
              service("b").sharing("k", 81).asking("192.0.2.2"),
              service("c").sharing("k", 80),
              service("d").sharing("k", 443));

      assertThat(given(all, "b")).isEqualTo(addresses("192.0.2.2"));
      assertThat(given(all, "c")).isEqualTo(addresses("192.0.2.0"));
      assertThat(given(all, "d")).isEqualTo(addresses("192.0.2.0"));
    }

    @Test
    void do_not_share_with_one_that_does_not() {
      List<Pool> tiny = List.of(pool("p", "192.0.2.1/32"));
      Given.Wish holder = service("h").holding("192.0.2.1");

      assertThat(failure(tiny, service("web").sharing("k", 81).asking("192.0.2.1"), holder))
          .isEqualTo(
              "can't change sharing key for \"default/web\", address also in use by default/h");
      assertThat(failure(tiny, service("web").sharing("k", 81), holder))
          .isEqualTo("no available IPs");
    }

    @Test
    void do_not_share_a_port_or_different_local_backends() {
      List<Pool> tiny = List.of(pool("p", "192.0.2.1/32"));
      Given.Wish holder = service("h").sharing("k", 80).holding("192.0.2.1");

      assertThat(failure(tiny, service("web").sharing("k", 80).asking("192.0.2.1"), holder))
          .isEqualTo("port TCP/80 is already in use on \"192.0.2.1\"");
      assertThat(
              failure(
                  tiny,
                  service("web").sharing("k", 81).backends("app=x").asking("192.0.2.1"),
                  holder))
          .startsWith("can't change sharing key for");
    }

    @Test
    void when_one_changes_its_key_that_one_goes() {
      Given.Wish stays = service("z").sharing("k", 80).holding("192.0.2.1");
      Given.Wish changes = service("a").sharing("other", 81).holding("192.0.2.1");
      Snapshot snapshot =
          new Snapshot(
              ONE,
              List.of(),
              List.of(changes.claim(), stays.claim()),
              Map.of(),
              "",
              Map.of(
                  ServiceName.parse("z"),
                  stays.claim().terms(),
                  ServiceName.parse("a"),
                  service("a").sharing("k", 81).claim().terms()));

      Allocations all = Allocation.decide(snapshot);

      assertThat(given(all, "z")).isEqualTo(addresses("192.0.2.1"));
      assertThat(given(all, "a")).isEqualTo(addresses("192.0.2.0"));
    }
  }

  @Nested
  class Pools_that_are_reserved {
    private final Pool open = pool("open", "192.0.2.0/30");

    @Test
    void come_first_by_priority_with_0_last_and_before_open_ones() {
      Pool last = reserved(pool("a-last", "198.51.100.0/32"), 0, Set.of("default"));
      Pool second = reserved(pool("b-second", "198.51.100.1/32"), 20, Set.of());
      Pool first = reserved(pool("c-first", "198.51.100.2/32"), 10, Set.of("default"));

      Allocations all =
          decide(
              List.of(open, last, second, first),
              service("s1"),
              service("s2"),
              service("s3"),
              service("s4"));

      assertThat(given(all, "s1")).isEqualTo(addresses("198.51.100.2"));
      assertThat(given(all, "s2")).isEqualTo(addresses("198.51.100.1"));
      assertThat(given(all, "s3")).isEqualTo(addresses("198.51.100.0"));
      assertThat(given(all, "s4")).isEqualTo(addresses("192.0.2.0"));
      assertThat(because(all, "s1")).isEqualTo(Because.PINNED_POOL);
      assertThat(because(all, "s4")).isEqualTo(Because.OPEN_POOL);
    }

    @Test
    void ask_for_both_the_namespace_and_the_labels_when_both_are_given() {
      Pool picky =
          reserved(
              pool("picky", "198.51.100.0/30"),
              1,
              Set.of("default"),
              new LabelSelector(Map.of("tier", "web"), List.of()));

      Allocations all =
          decide(List.of(open, picky), service("plain"), service("web").labelled("tier", "web"));

      assertThat(given(all, "plain")).isEqualTo(addresses("192.0.2.0"));
      assertThat(given(all, "web")).isEqualTo(addresses("198.51.100.0"));
    }

    @Test
    void take_in_namespaces_by_label() {
      Pool byLabel =
          new Pool(
              "labelled",
              Given.ranges("198.51.100.0/30"),
              true,
              false,
              new Pool.Audience.Reserved(
                  1,
                  Set.of(),
                  List.of(new LabelSelector(Map.of("team", "a"), List.of())),
                  List.of()));
      Snapshot snapshot =
          new Snapshot(
              List.of(open, byLabel),
              List.of(),
              List.of(service("one/w").claim(), service("two/w").claim()),
              Map.of("one", Map.of("team", "a"), "two", Map.of("team", "b")),
              "",
              Map.of());

      Allocations all = Allocation.decide(snapshot);

      assertThat(given(all, "one/w")).isEqualTo(addresses("198.51.100.0"));
      assertThat(given(all, "two/w")).isEqualTo(addresses("192.0.2.0"));
    }
  }

  @Nested
  class A_dual_stack_service {
    private final Pool four = pool("a-four", "192.0.2.0/30");
    private final Pool six = pool("b-six", "2001:db8::/126");
    private final Pool both = pool("c-both", "198.51.100.0/31", "2001:db8:1::/127");

    @Test
    void gets_both_of_one_pool_though_others_come_earlier() {
      for (FamilyPolicy policy : List.of(PREFER_DUAL_STACK, REQUIRE_DUAL_STACK)) {
        assertThat(
                given(
                    decide(List.of(four, six, both), service("w").families(policy, IPV6, IPV4)),
                    "w"))
            .isEqualTo(addresses("2001:db8:1::", "198.51.100.0"));
      }
    }

    @Test
    void that_prefers_both_takes_the_primary_family_before_the_other() {
      assertThat(
              given(
                  decide(List.of(four, six), service("w").families(PREFER_DUAL_STACK, IPV6, IPV4)),
                  "w"))
          .isEqualTo(addresses("2001:db8::"));
      assertThat(
              given(
                  decide(List.of(four), service("w").families(PREFER_DUAL_STACK, IPV6, IPV4)), "w"))
          .isEqualTo(addresses("192.0.2.0"));
    }

    @Test
    void that_requires_both_is_refused_one() {
      assertThat(
              failure(List.of(four, six), service("web").families(REQUIRE_DUAL_STACK, IPV4, IPV6)))
          .isEqualTo("no available IPs");
      Decision short1 =
          only(decide(List.of(both), service("w").families(REQUIRE_DUAL_STACK, IPV4)));
      assertThat(short1.notices())
          .containsExactly(
              Notice.warning(
                  "not enough clusterips",
                  "Service requires dual stack but not enough clusterips [10.0.0.1]"));
    }

    @Test
    void that_holds_one_gets_the_other_from_the_same_pool() {
      Decision decision =
          only(
              decide(
                  List.of(both),
                  service("w").families(PREFER_DUAL_STACK, IPV4, IPV6).holding("198.51.100.1")));

      assertThat(decision.addresses()).isEqualTo(addresses("198.51.100.1", "2001:db8:1::"));
      assertThat(decision.notices())
          .containsExactly(Notice.normal("IPAllocated", "Assigned additional IP \"2001:db8:1::\""));
    }

    @Test
    void that_can_not_get_the_other_keeps_the_one() {
      Decision decision =
          only(
              decide(
                  List.of(four),
                  service("w").families(PREFER_DUAL_STACK, IPV4, IPV6).holding("192.0.2.3")));

      assertThat(decision.addresses()).isEqualTo(addresses("192.0.2.3"));
      assertThat(decision.notices())
          .containsExactly(
              Notice.normal(
                  "AdditionalAssignFailed",
                  "cannot assign additional IP in PreferDualStack: no available IPs in pool"
                      + " a-four"));
    }
  }

  @Nested
  class A_large_pool {
    @Test
    void is_filled_with_one_look_at_each_address() {
      Given.Wish[] many =
          IntStream.range(0, 65_536)
              .mapToObj(i -> service("s%05d".formatted(i)))
              .toArray(Given.Wish[]::new);

      Allocations all = decide(List.of(pool("p", "10.0.0.0/16")), many);

      assertThat(all.pools()).containsExactly(new PoolUse("p", 65_536, 0, 0, 0));
      assertThat(all.probes()).isLessThan(4L * 65_536);
    }

    @Test
    void with_one_sharing_key_and_one_port_is_filled_with_few_looks() {
      Given.Wish[] many =
          IntStream.range(0, 4_096)
              .mapToObj(i -> service("s%05d".formatted(i)).sharing("k", 80))
              .toArray(Given.Wish[]::new);

      Allocations all = decide(List.of(pool("p", "10.0.0.0/20")), many);

      assertThat(all.pools()).containsExactly(new PoolUse("p", 4_096, 0, 0, 0));
      assertThat(all.probes()).isLessThan(8L * 4_096);
    }

    @Test
    void of_endless_size_says_so() {
      assertThat(decide(List.of(pool("p", "::/0")), service("w")).pools())
          .containsExactly(new PoolUse("p", 0, 0, 0, Long.MAX_VALUE));
    }
  }

  private static Decision only(Allocations all) {
    assertThat(all.decisions()).hasSize(1);
    return all.decisions().getFirst();
  }

  private static Object given(Allocations all, String service) {
    return all.of(ServiceName.parse(service)).orElseThrow().addresses();
  }

  private static Because because(Allocations all, String service) {
    return ((Verdict.Given) all.of(ServiceName.parse(service)).orElseThrow().verdict()).because();
  }

  private static String failure(List<Pool> pools, Given.Wish... wishes) {
    Decision decision = decide(pools, wishes).of(ServiceName.parse("web")).orElseThrow();
    assertThat(decision.verdict()).isInstanceOf(Verdict.Refused.class);
    assertThat(decision.losers()).hasSizeGreaterThanOrEqualTo(pools.size());
    String why = ((Verdict.Refused) decision.verdict()).why();
    assertThat(decision.notices())
        .containsExactly(
            Notice.warning(
                "AllocationFailed", "Failed to allocate IP for \"default/web\": " + why));
    return why;
  }
}
