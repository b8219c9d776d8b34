package dev.ballast.loadbalancer.bgp.peering;

import static dev.ballast.loadbalancer.bgp.peering.LiveSpeaker.cidr;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.bfd.BfdPort;
import dev.ballast.loadbalancer.bfd.BfdSettings;
import dev.ballast.loadbalancer.bfd.BfdState;
import dev.ballast.loadbalancer.bgp.peering.LiveSpeaker.Peer;
import dev.ballast.loadbalancer.bgp.session.PeerAs;
import dev.ballast.loadbalancer.loop.Loop;
import dev.ballast.testkit.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** BFD with FRR's bfdd. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class BfdIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private static final BfdSettings FAST =
      new BfdSettings(Duration.ofMillis(100), Duration.ofMillis(100), 3, false, false, 255);

  private static final String ROUTER =
      """
      bfd
       profile fast
        detect-multiplier 3
        receive-interval 100
        transmit-interval 100
      !
      router bgp 64513
       bgp router-id 10.88.0.1
       no bgp ebgp-requires-policy
       neighbor 10.88.0.2 remote-as %d
       neighbor 10.88.0.2 timers connect 1
       neighbor 10.88.0.2 bfd
       neighbor 10.88.0.2 bfd profile fast
       neighbor fd88::2 remote-as 64512
       neighbor fd88::2 timers connect 1
       neighbor fd88::2 bfd
       neighbor fd88::2 bfd profile fast
       %s
       address-family ipv6 unicast
        neighbor fd88::2 activate
       exit-address-family
      """;

  @TempDir private Path temporary;
  private Wire wire;

  /** FRR's bfdd mostly answers after 11 seconds; once it had not after 30. */
  private static final Duration BFD_SOON = Duration.ofSeconds(90);

  private LiveSpeaker speaker;
  private Loop loop;
  private BfdPort port;

  @BeforeEach
  void build() throws Exception {
    wire = new Wire(temporary);
  }

  private void start(int as, String more) throws Exception {
    wire.frr(ROUTER.formatted(as, more), "zebra", "bfdd", "bgpd");
    Eventually.holds("bgpd runs", SOON, () -> !wire.vtysh("show bgp summary").isEmpty());
    Eventually.holds("bfdd runs", SOON, () -> !wire.vtysh("show bfd peers brief").isEmpty());
    loop = Loop.open();
    port = new BfdPort(loop, new Random(7));
    LiveSpeaker.thread("bfd", wire.namespace("node"), loop);
    speaker =
        new LiveSpeaker(
            wire.namespace("node"),
            179,
            _ ->
                (peer, settings, ends, gone) -> {
                  BfdPort.Watch watch = port.watch(peer, settings, ends, _ -> gone.run());
                  return watch::close;
                });
  }

  @AfterEach
  void takeDown() throws Exception {
    if (speaker != null) {
      speaker.close();
    }
    if (loop != null) {
      port.close();
      loop.close();
    }
    if (wire != null) {
      wire.close();
    }
  }

  private void up(String peer, String address) throws Exception {
    Eventually.holds("session " + peer, SOON, () -> speaker.status(peer).established());
    Eventually.holds(
        "BFD here " + peer, BFD_SOON, () -> port.standings().get(peer).state() == BfdState.UP);
    Eventually.holds(
        "BFD there",
        SOON,
        () ->
            wire.vtysh("show bfd peers brief")
                .lines()
                .anyMatch(line -> line.contains(address) && line.contains("up")));
  }

  private String pid(String daemon) throws Exception {
    String name = wire.host("router").replace("-router", "");
    return Files.readString(Path.of("/var/run/frr", name, daemon + ".pid")).strip();
  }

  @Test
  void a_router_whose_BFD_falls_silent_gets_a_Cease_with_the_right_subcode() throws Exception {
    start(64512, "");
    speaker.configure(new Peer("four", "10.88.0.1").bfd(FAST).settings());
    up("four", "10.88.0.1");

    wire.in("router", "kill", "-STOP", pid("bfdd"));

    Eventually.holds(
        "down",
        SOON,
        () ->
            speaker.told.stream()
                .anyMatch(t -> t.equals("down four BFD reports that the peer is down (6/10)")));
    assertThat(port.standings().get("four").downs()).isPositive();
    wire.in("router", "kill", "-CONT", pid("bfdd"));
    up("four", "10.88.0.1");
  }

  @Test
  void a_node_that_falls_silent_loses_its_routes_long_before_the_hold_time() throws Exception {
    start(64512, "");
    speaker.configure(
        new Peer("six", "fd88::1").bfd(FAST).hold(Duration.ofSeconds(180)).settings());
    up("six", "fd88::1");
    speaker.routes("six", Map.of(cidr("2001:db8::1/128"), LiveSpeaker.PLAIN));
    Eventually.holds("route", SOON, () -> wire.routes("-6").contains("2001:db8::1"));

    wire.in("node", "nft", "add", "table", "inet", "cut");
    wire.in(
        "node",
        "nft",
        "add chain inet cut out { type filter hook output priority 0; policy drop; }");

    Eventually.holds("no route", SOON, () -> !wire.routes("-6").contains("2001:db8::1"));
  }

  @Test
  void over_several_hops() throws Exception {
    wire.in("node", "ip", "addr", "add", "10.99.0.2/32", "dev", "lo");
    wire.in("router", "ip", "addr", "add", "10.99.0.1/32", "dev", "lo");
    wire.in("node", "ip", "route", "add", "10.99.0.1/32", "via", "10.88.0.1");
    wire.in("router", "ip", "route", "add", "10.99.0.2/32", "via", "10.88.0.2");
    start(
        64512,
        """
        neighbor 10.99.0.2 remote-as 64512
         neighbor 10.99.0.2 ebgp-multihop 5
         neighbor 10.99.0.2 update-source 10.99.0.1
         neighbor 10.99.0.2 bfd
         neighbor 10.99.0.2 bfd profile fast\
        """);
    BfdSettings far =
        new BfdSettings(Duration.ofMillis(100), Duration.ofMillis(100), 3, false, true, 250);
    speaker.configure(new Peer("far", "10.99.0.1").source("10.99.0.2").bfd(far).settings());
    up("far", "10.99.0.1");
  }

  @Test
  void an_internal_neighbour_on_the_link() throws Exception {
    start(64513, "");
    speaker.configure(
        new Peer("four", "10.88.0.1").as(64513, new PeerAs.Internal()).bfd(FAST).settings());
    up("four", "10.88.0.1");
  }

  @Test
  void an_operator_who_takes_BFD_down_does_not_take_the_session_down() throws Exception {
    start(64512, "");
    speaker.configure(new Peer("four", "10.88.0.1").bfd(FAST).settings());
    up("four", "10.88.0.1");

    wire.vtysh("conf t", "bfd", "profile fast", "shutdown");
    Eventually.holds(
        "BFD is down", SOON, () -> port.standings().get("four").state() != BfdState.UP);

    assertThat(speaker.told).containsExactly("up four");
  }
}
