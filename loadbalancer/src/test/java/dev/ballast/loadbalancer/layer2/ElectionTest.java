package dev.ballast.loadbalancer.layer2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.objects.LabelSelector;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ElectionTest {
  private static final Advertisement ALL =
      new Advertisement("all", Set.of(), List.of(), List.of(), Set.of(), List.of(), List.of());
  private static final List<Candidate> THREE = List.of(node("n1"), node("n2"), node("n3"));
  private static final Set<String> ALIVE = Set.of("n1", "n2", "n3");

  /** The expected orders come from {@code printf 'n1#192.0.2.10' | sha256sum | sort}. */
  @ParameterizedTest
  @CsvSource({
    "192.0.2.10,n2 n3 n1",
    "192.0.2.11,n1 n3 n2",
    "192.0.2.12,n2 n1 n3",
    "2001:db8::10,n1 n2 n3"
  })
  void orders_nodes_by_the_hash_of_node_and_address(String address, String order) {
    Election election = elect(service(address), List.of(ALL), THREE, ALIVE);

    assertThat(String.join(" ", election.order())).isEqualTo(order);
  }

  @Test
  void a_preferred_node_comes_before_the_hash() {
    String last = elect(service("192.0.2.10"), List.of(ALL), THREE, ALIVE).order().getLast();
    Advertisement preferring =
        new Advertisement(
            "prefer",
            Set.of(),
            List.of(),
            List.of(),
            Set.of(),
            List.of(),
            List.of(
                new Advertisement.Preference(
                    10, new LabelSelector(Map.of("name", last), List.of())),
                new Advertisement.Preference(5, new LabelSelector(Map.of(), List.of()))));

    Election election = elect(service("192.0.2.10"), List.of(ALL, preferring), THREE, ALIVE);

    assertThat(election.owner()).contains(last);
    assertThat(election.losers())
        .extracting(Election.Loser::reason)
        .containsOnly("preferred with weight 5, " + last + " with 15");
  }

  @Test
  void a_node_that_can_not_announce_loses_with_a_reason() {
    List<Candidate> nodes =
        List.of(
            node("dead"),
            new Candidate("cut-off", Map.of(), true),
            new Candidate("excluded", Map.of(Candidate.EXCLUDED, ""), false),
            new Candidate("other-rack", Map.of("rack", "b"), false),
            new Candidate("fine", Map.of("rack", "a"), false));
    Advertisement rackA =
        new Advertisement(
            "rack-a",
            Set.of(),
            List.of(),
            List.of(
                new LabelSelector(
                    Map.of(),
                    List.of(
                        new LabelSelector.Requirement(
                            "rack", LabelSelector.Operator.NOT_IN, List.of("b"))))),
            Set.of(),
            List.of(),
            List.of());

    Election election =
        elect(
            service("192.0.2.10"),
            List.of(rackA),
            nodes,
            Set.of("cut-off", "excluded", "other-rack", "fine", "unknown"));

    assertThat(election.order()).containsExactly("fine");
    assertThat(election.losers())
        .containsExactly(
            new Election.Loser("dead", "its speaker is not alive"),
            new Election.Loser("cut-off", "its condition NetworkUnavailable is True"),
            new Election.Loser("other-rack", "no L2Advertisement's nodeSelectors select it"),
            new Election.Loser(
                "excluded",
                "it has the label node.kubernetes.io/exclude-from-external-load-balancers; remove"
                    + " it, or give --ignore-exclude-lb"),
            new Election.Loser("unknown", "there is no Node object of this name"));
    assertThat(election.withdrawal("other-rack")).contains(Withdrawal.NO_MATCHING_ADVERTISEMENT);
    assertThat(election.withdrawal("dead")).contains(Withdrawal.NOT_OWNER);
    assertThat(election.withdrawal("fine")).isEqualTo(Optional.empty());
  }

  @Test
  void the_exclude_label_does_not_count_when_every_candidate_bears_it_and_that_is_said() {
    Candidate excluded = new Candidate("n1", Map.of(Candidate.EXCLUDED, ""), false);
    Candidate plain = new Candidate("n2", Map.of(), false);

    Election alone = elect(service("192.0.2.10"), List.of(ALL), List.of(excluded), Set.of("n1"));
    assertThat(alone.owner()).contains("n1");
    assertThat(alone.labelIgnored()).isTrue();

    Election both =
        elect(service("192.0.2.10"), List.of(ALL), List.of(excluded, plain), Set.of("n1", "n2"));
    assertThat(both.order()).containsExactly("n2");
    assertThat(both.labelIgnored()).isFalse();

    Election told =
        Election.of(
            service("192.0.2.10"),
            List.of(ALL),
            List.of(excluded, plain),
            Set.of("n1", "n2"),
            true);
    assertThat(told.order()).containsExactlyInAnyOrder("n1", "n2");
    assertThat(told.labelIgnored()).isFalse();
  }

  @Test
  void a_node_without_an_address_loses_with_a_reason() {
    Candidate unreachable = new Candidate("n1", Map.of(), false, false);
    Election election =
        elect(service("192.0.2.10"), List.of(ALL), List.of(unreachable), Set.of("n1"));

    assertThat(election.owner()).isEmpty();
    assertThat(election.losers().getFirst().reason()).contains("has no InternalIP");
  }

  @Test
  void nobody_announces_a_service_without_endpoints() {
    Announceable dead =
        new Announceable(
            "a/b", Map.of(), List.of(address("192.0.2.1")), "", false, false, Set.of());

    Election election = elect(dead, List.of(ALL), THREE, ALIVE);

    assertThat(election.owner()).isEmpty();
    assertThat(election.losers()).hasSize(3);
    assertThat(election.withdrawal("n1")).contains(Withdrawal.NOT_OWNER);
  }

  @Test
  void a_local_service_is_announced_where_it_has_endpoints() {
    Announceable local =
        new Announceable(
            "a/b", Map.of(), List.of(address("192.0.2.1")), "", true, true, Set.of("n2"));

    assertThat(elect(local, List.of(ALL), THREE, ALIVE).order()).containsExactly("n2");
  }

  @Test
  void without_an_advertisement_there_is_none() {
    Election election = elect(service("192.0.2.1"), List.of(), THREE, ALIVE);

    assertThat(election.withdrawal("n1")).contains(Withdrawal.NO_MATCHING_ADVERTISEMENT);
  }

  @Test
  void a_shared_address_is_not_announced_by_an_advertisement_for_some_services() {
    Advertisement some =
        new Advertisement(
            "some",
            Set.of(),
            List.of(),
            List.of(),
            Set.of(),
            List.of(new LabelSelector(Map.of("app", "web"), List.of())),
            List.of());
    Announceable shared =
        new Announceable(
            "a/b",
            Map.of("app", "web"),
            List.of(address("192.0.2.1")),
            "key",
            false,
            true,
            Set.of());

    assertThat(elect(shared, List.of(some), THREE, ALIVE).withdrawal("n1"))
        .contains(Withdrawal.SHARED_IP_WITH_SERVICE_SELECTOR);
    assertThat(elect(service("192.0.2.1"), List.of(some), THREE, ALIVE).withdrawal("n1"))
        .contains(Withdrawal.NO_MATCHING_ADVERTISEMENT);
  }

  private static Election elect(
      Announceable service, List<Advertisement> ads, List<Candidate> nodes, Set<String> alive) {
    return Election.of(service, ads, nodes, alive, false);
  }

  private static Candidate node(String name) {
    return new Candidate(name, Map.of("name", name), false);
  }

  private static Announceable service(String address) {
    return new Announceable("a/b", Map.of(), List.of(address(address)), "", false, true, Set.of());
  }

  private static Address address(String text) {
    return Address.parse(text).orElseThrow();
  }
}
