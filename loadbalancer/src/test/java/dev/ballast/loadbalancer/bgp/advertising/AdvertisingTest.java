package dev.ballast.loadbalancer.bgp.advertising;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.bgp.advertising.BgpStanding.Reason;
import dev.ballast.loadbalancer.bgp.message.Community;
import dev.ballast.loadbalancer.bgp.rib.RouteAttributes;
import dev.ballast.objects.LabelSelector;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AdvertisingTest {
  private static final BgpNode NODE = new BgpNode("n1", Map.of("rack", "a"), false, false, false);
  private static final Set<String> PEERS = Set.of("one", "two");

  private static RouteAttributes attributes(long preference, int... communities) {
    return new RouteAttributes(
        preference,
        0,
        java.util.Arrays.stream(communities).mapToObj(c -> Community.of(1, c)).toList(),
        List.of());
  }

  private static LabelSelector label(String key, String value) {
    return new LabelSelector(Map.of(key, value), List.of());
  }

  private static BgpAdvertisement ad(
      String name,
      int length,
      RouteAttributes attributes,
      List<LabelSelector> nodes,
      List<LabelSelector> services,
      String... peers) {
    return new BgpAdvertisement(
        name,
        Map.of(Family.IPV4, length, Family.IPV6, 128),
        attributes,
        Set.of(),
        List.of(),
        nodes,
        services,
        Set.of(peers));
  }

  private static BgpAdvertisement plain(String... peers) {
    return ad("plain", 32, attributes(0), List.of(), List.of(), peers);
  }

  private static BgpService service(String name, String address, BgpAdvertisement... ads) {
    return new BgpService(
        name,
        Map.of("app", name),
        List.of(Address.parse(address).orElseThrow()),
        List.of(ads),
        false,
        true,
        Set.of("n1"));
  }

  private static Cidr cidr(String address, int length) {
    return Cidr.containing(Address.parse(address).orElseThrow(), length);
  }

  private static Advertising decide(BgpService... services) {
    return Advertising.decide(NODE, List.of(services), PEERS);
  }

  private static Reason reason(Advertising advertising, String service) {
    return ((BgpStanding.Withheld) advertising.standings().get(service)).reason();
  }

  @Test
  void an_advertisement_names_its_peers_or_means_all() {
    assertThat(decide(service("s", "192.0.2.1", plain())).routes())
        .isEqualTo(
            Map.of(
                "one", Map.of(cidr("192.0.2.1", 32), attributes(0)),
                "two", Map.of(cidr("192.0.2.1", 32), attributes(0))));
    Advertising some = decide(service("s", "192.0.2.1", plain("two", "three")));
    assertThat(some.routes().get("one")).isEmpty();
    assertThat(some.routes().get("two")).hasSize(1);
    assertThat(((BgpStanding.Announced) some.standings().get("s")).rejected())
        .containsEntry("one", "it is not among the peers of plain for this node");
  }

  @Test
  void a_prefix_of_several_services_has_the_communities_of_all_and_the_first_preference() {
    Advertising both =
        decide(
            service(
                "a",
                "192.0.2.1",
                ad("x", 24, attributes(7, 1), List.of(), List.of(label("app", "a")))),
            service(
                "b",
                "192.0.2.2",
                ad("y", 24, attributes(9, 2), List.of(), List.of(label("app", "b")))));

    assertThat(both.routes().get("one"))
        .isEqualTo(Map.of(cidr("192.0.2.0", 24), attributes(7, 1, 2)));
  }

  @Test
  void why_a_service_is_not_announced() {
    BgpService s = service("s", "192.0.2.1", plain());
    assertThat(reason(decide(service("s", "192.0.2.1")), "s"))
        .isEqualTo(Reason.NO_MATCHING_ADVERTISEMENT);
    assertThat(
            reason(
                decide(
                    service(
                        "s",
                        "192.0.2.1",
                        ad("x", 32, attributes(0), List.of(label("rack", "b")), List.of()))),
                "s"))
        .isEqualTo(Reason.NOT_OWNER);
    assertThat(
            reason(
                Advertising.decide(
                    new BgpNode("n1", Map.of(), true, false, false), List.of(s), PEERS),
                "s"))
        .isEqualTo(Reason.NODE_NETWORK_UNAVAILABLE);
    assertThat(
            reason(
                Advertising.decide(
                    new BgpNode("n1", Map.of(), false, true, false), List.of(s), PEERS),
                "s"))
        .isEqualTo(Reason.NODE_LABELED_EXCLUDE_BALANCERS);
    assertThat(
            reason(
                decide(
                    new BgpService(
                        "s",
                        Map.of(),
                        s.addresses(),
                        s.advertisements(),
                        true,
                        true,
                        Set.of("n2"))),
                "s"))
        .isEqualTo(Reason.NO_LOCAL_ENDPOINTS);
    assertThat(
            reason(
                decide(
                    new BgpService(
                        "s", Map.of(), s.addresses(), s.advertisements(), false, false, Set.of())),
                "s"))
        .isEqualTo(Reason.NO_ENDPOINTS);
    assertThat(
            reason(
                decide(
                    service(
                        "s",
                        "192.0.2.1",
                        plain(),
                        ad("x", 32, attributes(5), List.of(), List.of(label("app", "s"))))),
                "s"))
        .isEqualTo(Reason.CONFLICTING_ADVERTISEMENTS);
  }

  @Test
  void a_draining_node_is_the_last_choice() {
    Advertising draining =
        Advertising.decide(
            new BgpNode("n1", Map.of(), false, false, true),
            List.of(service("s", "192.0.2.1", ad("x", 32, attributes(200), List.of(), List.of()))),
            PEERS);

    assertThat(draining.routes().get("one").values())
        .containsExactly(
            new RouteAttributes(0, 0, List.of(Community.GRACEFUL_SHUTDOWN), List.of()));
  }
}
