package dev.ballast.loadbalancer.bgp.peering;

import static dev.ballast.loadbalancer.bgp.peering.LiveSpeaker.attributes;
import static dev.ballast.loadbalancer.bgp.peering.LiveSpeaker.cidr;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.bgp.message.Fault;
import dev.ballast.loadbalancer.bgp.message.Message;
import dev.ballast.loadbalancer.bgp.peering.LiveSpeaker.Peer;
import dev.ballast.loadbalancer.bgp.rib.RouteAttributes;
import dev.ballast.loadbalancer.bgp.session.PeerAs;
import dev.ballast.testkit.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions with FRR: what counts is what its kernel and its own tables say. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class FrrIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private static final String ROUTER =
      """
      ip nht resolve-via-default
      router bgp 64513
       bgp router-id 10.88.0.1
       bgp log-neighbor-changes
       no bgp ebgp-requires-policy
       no bgp default ipv4-unicast
       neighbor 10.88.0.2 remote-as 64512
       neighbor 10.88.0.2 timers connect 1
       neighbor fd88::2 remote-as 64512
       neighbor fd88::2 timers connect 1
       %s
       address-family ipv4 unicast
        neighbor 10.88.0.2 activate
       exit-address-family
       address-family ipv6 unicast
        neighbor fd88::2 activate
        neighbor 10.88.0.2 activate
       exit-address-family
      """;

  @TempDir private Path temporary;
  private Wire wire;
  private LiveSpeaker speaker;

  @BeforeEach
  void build() throws Exception {
    wire = new Wire(temporary);
  }

  @AfterEach
  void takeDown() throws Exception {
    if (speaker != null) {
      speaker.close();
    }
    if (wire != null) {
      wire.close();
    }
  }

  private void start(String more) throws Exception {
    wire.frr(ROUTER.formatted(more), "zebra", "bgpd");
    Eventually.holds("bgpd runs", SOON, () -> !wire.vtysh("show bgp summary").isEmpty());
    speaker = new LiveSpeaker(wire.namespace("node"), 179);
  }

  private void established(String peer) throws Exception {
    Eventually.holds(
        "session with " + peer + ": " + speaker.status(peer),
        SOON,
        () -> speaker.status(peer).established());
  }

  private void route(String family, String prefix, String via) throws Exception {
    Eventually.holds(
        prefix + " in the kernel",
        SOON,
        () -> wire.routes(family).lines().anyMatch(l -> l.contains(prefix) && l.contains(via)));
  }

  private void noRoute(String family, String prefix) throws Exception {
    Eventually.holds(
        prefix + " not in the kernel", SOON, () -> !wire.routes(family).contains(prefix));
  }

  @Test
  void routes_of_both_families_come_and_go() throws Exception {
    start("");
    speaker.configure(
        new Peer("four", "10.88.0.1").settings(), new Peer("six", "fd88::1").settings());
    established("four");
    established("six");

    speaker.routes(
        "four",
        Map.of(
            cidr("192.0.2.10/32"),
            attributes(0, 2, List.of("64512:100", "65535:65281"), List.of("64512:7:9")),
            cidr("198.51.100.0/24"),
            LiveSpeaker.PLAIN));
    speaker.routes("six", Map.of(cidr("2001:db8::10/128"), LiveSpeaker.PLAIN));

    route("-4", "192.0.2.10", "via 10.88.0.2");
    route("-4", "198.51.100.0/24", "via 10.88.0.2");
    // FRR prefers the link-local next hop where there is one.
    Eventually.holds("v6", SOON, () -> wire.routes("-6").contains("2001:db8::10"));
    String seen = wire.vtysh("show bgp ipv4 unicast 192.0.2.10/32");
    assertThat(seen).contains("64512 64512 64512").contains("64512:100", "64512:7:9");

    speaker.routes("four", Map.of(cidr("198.51.100.0/24"), LiveSpeaker.PLAIN));
    noRoute("-4", "192.0.2.10");
    speaker.routes("six", Map.of());
    noRoute("-6", "2001:db8::10");
    assertThat(wire.routes("-4")).contains("198.51.100.0/24");
  }

  @Test
  void one_session_carries_both_families() throws Exception {
    start("");
    speaker.configure(new Peer("four", "10.88.0.1").both().settings());
    established("four");

    speaker.routes("four", Map.of(cidr("2001:db8::10/128"), LiveSpeaker.PLAIN));

    route("-6", "2001:db8::10", "via fd88::2");
  }

  @Test
  void a_wrong_password_is_said_and_the_right_one_works_both_ways() throws Exception {
    start("neighbor 10.88.0.2 password s3cret");
    speaker.configure(new Peer("four", "10.88.0.1").key("wrong").settings());
    Eventually.holds(
        "the problem is said",
        SOON,
        () -> speaker.status("four").problem().contains("does it have the same password?"));
    assertThat(speaker.status("four").established()).isFalse();

    speaker.configure(new Peer("four", "10.88.0.1").key("s3cret").settings());
    established("four");

    // FRR opens the connection.
    speaker.configure(new Peer("four", "10.88.0.1").key("s3cret").passive().settings());
    established("four");
    speaker.routes("four", Map.of(cidr("192.0.2.10/32"), LiveSpeaker.PLAIN));
    route("-4", "192.0.2.10", "via 10.88.0.2");
  }

  @Test
  void a_peer_that_checks_the_TTL_accepts_us_and_we_check_its() throws Exception {
    start("neighbor 10.88.0.2 ttl-security hops 1");
    speaker.configure(new Peer("four", "10.88.0.1").hops(1).settings());
    established("four");
    speaker.configure(new Peer("four", "10.88.0.1").hops(1).passive().settings());
    established("four");

    // Without GTSM, FRR sends to a neighbour of another AS with a TTL of 1.
    wire.vtysh("conf t", "router bgp 64513", "no neighbor 10.88.0.2 ttl-security hops 1");
    wire.vtysh("clear bgp 10.88.0.2");
    speaker.configure(new Peer("four", "10.88.0.1").hops(1).hold(Duration.ofSeconds(3)).settings());
    Eventually.holds(
        "no session",
        SOON,
        () -> !speaker.status("four").problem().isEmpty() && !speaker.status("four").established());
    speaker.configure(new Peer("four", "10.88.0.1").settings());
    established("four");
  }

  @Test
  void a_session_over_a_router_and_from_a_chosen_address() throws Exception {
    wire.in("node", "ip", "addr", "add", "10.99.0.2/32", "dev", "lo");
    wire.in("router", "ip", "addr", "add", "10.99.0.1/32", "dev", "lo");
    wire.in("node", "ip", "route", "add", "10.99.0.1/32", "via", "10.88.0.1");
    wire.in("router", "ip", "route", "add", "10.99.0.2/32", "via", "10.88.0.2");
    start(
        """
        neighbor 10.99.0.2 remote-as external
         neighbor 10.99.0.2 ebgp-multihop 5
         neighbor 10.99.0.2 update-source 10.99.0.1
         address-family ipv4 unicast
          neighbor 10.99.0.2 activate
         exit-address-family\
        """);
    speaker.configure(
        new Peer("far", "10.99.0.1")
            .source("10.99.0.2")
            .as(70000, new PeerAs.External())
            .settings());
    established("far");

    speaker.routes("far", Map.of(cidr("192.0.2.10/32"), LiveSpeaker.PLAIN));

    route("-4", "192.0.2.10", "via 10.88.0.2");
    assertThat(wire.vtysh("show bgp ipv4 unicast 192.0.2.10/32"))
        .contains("70000")
        .contains("10.99.0.2");
  }

  @Test
  void an_internal_peer_gets_the_local_preference_and_an_empty_path() throws Exception {
    start("");
    wire.vtysh("conf t", "router bgp 64513", "neighbor 10.88.0.2 remote-as 64513");
    speaker.configure(new Peer("four", "10.88.0.1").as(64513, new PeerAs.Internal()).settings());
    established("four");

    speaker.routes("four", Map.of(cidr("192.0.2.10/32"), attributes(150, 0, List.of(), List.of())));

    route("-4", "192.0.2.10", "via 10.88.0.2");
    assertThat(wire.vtysh("show bgp ipv4 unicast 192.0.2.10/32"))
        .contains("localpref 150")
        .contains("Local");
  }

  @Test
  void a_wrong_AS_number_is_told_to_both_operators() throws Exception {
    start("");
    speaker.configure(
        new Peer("four", "10.88.0.1").as(64512, new PeerAs.Exactly(65000)).settings());
    Eventually.holds(
        "said here", SOON, () -> speaker.status("four").problem().contains("AS number"));
    Eventually.holds(
        "said there",
        SOON,
        () -> wire.vtysh("show bgp neighbors 10.88.0.2").contains("Bad Peer AS"));
  }

  @Test
  void a_refresh_sends_everything_again() throws Exception {
    start("");
    speaker.configure(new Peer("four", "10.88.0.1").settings());
    established("four");
    speaker.routes("four", Map.of(cidr("192.0.2.10/32"), LiveSpeaker.PLAIN));
    route("-4", "192.0.2.10", "via 10.88.0.2");
    long before = speaker.peering("four").counters().sent().updates();

    wire.vtysh("clear bgp 10.88.0.2 soft in");

    Eventually.holds(
        "sent again", SOON, () -> speaker.peering("four").counters().sent().updates() > before);
    assertThat(speaker.peering("four").counters().received().refreshes()).isPositive();
    assertThat(speaker.status("four").established()).isTrue();
  }

  @Test
  void ten_thousand_routes_are_withdrawn_at_once_without_a_reset() throws Exception {
    start("");
    speaker.configure(new Peer("four", "10.88.0.1").settings());
    established("four");
    Map<Cidr, RouteAttributes> many = new HashMap<>();
    for (int i = 0; i < 10_000; i++) {
      many.put(Cidr.containing(Address.ofIpv4(0xcb000000 + i), 32), LiveSpeaker.PLAIN);
    }

    speaker.routes("four", many);
    Eventually.holds(
        "10,000 routes in the kernel", SOON, () -> wire.routes("-4").lines().count() == 10_000);
    long sent = speaker.peering("four").counters().sent().updates();
    speaker.routes("four", Map.of());
    Eventually.holds("none", SOON, () -> wire.routes("-4").isBlank());

    assertThat(sent).isLessThan(20);
    assertThat(speaker.told).containsExactly("up four");
  }

  @Test
  void a_silent_router_is_given_up_when_the_hold_time_is_over() throws Exception {
    start("");
    speaker.configure(new Peer("four", "10.88.0.1").hold(Duration.ofSeconds(3)).settings());
    established("four");
    String pid =
        java.nio.file.Files.readString(
                Path.of("/var/run/frr", wire.host("router").replace("-router", ""), "bgpd.pid"))
            .strip();

    wire.in("router", "kill", "-STOP", pid);
    Eventually.holds(
        "hold timer",
        SOON,
        () -> speaker.told.stream().anyMatch(t -> t.startsWith("down four nothing was received")));
    wire.in("router", "kill", "-CONT", pid);

    Eventually.holds(
        "FRR got the NOTIFICATION",
        SOON,
        () -> wire.vtysh("show bgp neighbors 10.88.0.2").contains("Hold Timer Expired"));
    established("four");
  }

  @Test
  void the_operator_of_the_router_reads_why_we_left() throws Exception {
    start("neighbor 10.88.0.2 passive");
    speaker.configure(new Peer("four", "10.88.0.1").settings());
    established("four");

    speaker.stop(Message.Notification.cease(Fault.ADMINISTRATIVE_SHUTDOWN, "node drain: n1"));

    Eventually.holds(
        "the reason",
        SOON,
        () ->
            wire.vtysh("show bgp neighbors 10.88.0.2")
                    .contains("Notification received (Cease/Administrative Shutdown)")
                && wire.log("bgpd").contains("node drain: n1"));
  }

  @Test
  void unnumbered() throws Exception {
    wire.frr(
        """
        interface eth0
         no ipv6 nd suppress-ra
         ipv6 nd ra-interval 1
        router bgp 64513
         bgp router-id 10.88.0.1
         no bgp ebgp-requires-policy
         neighbor eth0 interface remote-as external
         neighbor eth0 timers connect 1
         address-family ipv6 unicast
          neighbor eth0 activate
         exit-address-family
        """,
        "zebra",
        "bgpd");
    speaker = new LiveSpeaker(wire.namespace("node"), 179);
    speaker.configure(
        new Peer("link", "eth0").as(64512, new PeerAs.External()).ipv6NextHops().settings());
    established("link");

    speaker.routes(
        "link",
        Map.of(
            cidr("192.0.2.33/32"), LiveSpeaker.PLAIN, cidr("2001:db8::33/128"), LiveSpeaker.PLAIN));

    route("-4", "192.0.2.33", "via inet6 fe80::");
    route("-6", "2001:db8::33", "via fe80::");
  }
}
