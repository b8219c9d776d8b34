package dev.ballast.loadbalancer.bgp.peering;

import static dev.ballast.loadbalancer.bgp.peering.LiveSpeaker.attributes;
import static dev.ballast.loadbalancer.bgp.peering.LiveSpeaker.cidr;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.bfd.BfdPort;
import dev.ballast.loadbalancer.bfd.BfdSettings;
import dev.ballast.loadbalancer.bfd.BfdState;
import dev.ballast.loadbalancer.bgp.peering.LiveSpeaker.Peer;
import dev.ballast.loadbalancer.loop.Loop;
import dev.ballast.testkit.Eventually;
import dev.ballast.testkit.ReferenceProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions with bird, gobgpd and exabgp. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class OtherRoutersIT {
  private static final Duration SOON = Duration.ofSeconds(40);

  @TempDir private Path temporary;
  private Wire wire;
  private LiveSpeaker speaker;
  private Loop loop;
  private BfdPort port;

  @BeforeEach
  void build() throws Exception {
    wire = new Wire(temporary);
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
    wire.close();
  }

  private void established(String peer) throws Exception {
    Eventually.holds(
        "session with " + peer,
        SOON,
        () -> {
          if (!speaker.status(peer).established()) {
            throw new AssertionError(speaker.status(peer) + log());
          }
          return true;
        });
  }

  private String log() throws Exception {
    Path log = temporary.resolve("exabgp.log");
    return Files.exists(log) ? "\n" + Files.readString(log) : "";
  }

  @Test
  void bird_with_a_password_both_families_and_BFD() throws Exception {
    Path configuration =
        wire.file(
            "bird.conf",
            """
            log stderr all;
            router id 10.88.0.1;
            protocol device {}
            protocol kernel k4 { ipv4 { export all; import none; }; }
            protocol kernel k6 { ipv6 { export all; import none; }; }
            protocol bfd {
              interface "eth0" {
                min rx interval 200 ms; min tx interval 200 ms; multiplier 3;
              };
            }
            protocol bgp n4 {
              local 10.88.0.1 as 64513; neighbor 10.88.0.2 as 64512;
              password "s3cret"; bfd on; connect retry time 1;
              ipv4 { import all; export none; };
              ipv6 { import all; export none; };
            }
            protocol bgp n6 {
              local fd88::1 as 64513; neighbor fd88::2 as 64512; connect retry time 1;
              ipv6 { import all; export none; };
            }
            """);
    Path control = temporary.resolve("bird.ctl");
    wire.start(
        "router",
        "bird.log",
        ReferenceProgram.required("bird").toString(),
        "-f",
        "-c",
        configuration.toString(),
        "-s",
        control.toString(),
        "-P",
        temporary.resolve("bird.pid").toString());
    loop = Loop.open();
    port = new BfdPort(loop, new Random(3));
    LiveSpeaker.thread("bfd", wire.namespace("node"), loop);
    speaker =
        new LiveSpeaker(
            wire.namespace("node"),
            179,
            _ ->
                (peer, settings, ends, gone) ->
                    port.watch(peer, settings, ends, _ -> gone.run())::close);
    speaker.configure(
        new Peer("four", "10.88.0.1")
            .key("s3cret")
            .both()
            .bfd(
                new BfdSettings(
                    Duration.ofMillis(200), Duration.ofMillis(200), 3, false, false, 255))
            .settings(),
        new Peer("six", "fd88::1").settings());
    established("four");
    established("six");
    Eventually.holds("BFD", SOON, () -> port.standings().get("four").state() == BfdState.UP);

    speaker.routes(
        "four",
        Map.of(
            cidr("192.0.2.10/32"),
            attributes(0, 1, List.of("64512:9"), List.of("64512:3:4")),
            cidr("2001:db8::10/128"),
            LiveSpeaker.PLAIN));
    speaker.routes("six", Map.of(cidr("2001:db8::11/128"), LiveSpeaker.PLAIN));
    Eventually.holds(
        "routes in the kernel",
        SOON,
        () ->
            wire.in("router", "ip", "-4", "route", "show", "proto", "bird")
                    .contains("192.0.2.10 via 10.88.0.2")
                && wire.in("router", "ip", "-6", "route", "show", "proto", "bird")
                    .contains("2001:db8::10 ")
                && wire.in("router", "ip", "-6", "route", "show", "proto", "bird")
                    .contains("2001:db8::11 "));
    assertThat(
            wire.in(
                "router",
                ReferenceProgram.required("birdc").toString(),
                "-s",
                control.toString(),
                "show route all 192.0.2.10/32"))
        .contains("BGP.as_path: 64512 64512")
        .contains("(64512,9)")
        .contains("(64512, 3, 4)");

    // A refresh, and an end.
    wire.in(
        "router",
        ReferenceProgram.required("birdc").toString(),
        "-s",
        control.toString(),
        "reload in n4");
    Eventually.holds(
        "refreshed", SOON, () -> speaker.peering("four").counters().received().refreshes() >= 1);
    speaker.routes("four", Map.of());
    Eventually.holds(
        "gone",
        SOON,
        () -> wire.in("router", "ip", "-4", "route", "show", "proto", "bird").isBlank());
  }

  @Test
  void gobgpd_that_waits_for_us() throws Exception {
    Path gobgpd = ReferenceProgram.ofGoModule("gobgpd");
    Path gobgp = ReferenceProgram.ofGoModule("gobgp");
    Path configuration =
        wire.file(
            "gobgpd.toml",
            """
            [global.config]
              as = 4200000001
              router-id = "10.88.0.1"
            [[neighbors]]
              [neighbors.config]
                neighbor-address = "10.88.0.2"
                peer-as = 4200000002
                auth-password = "s3cret"
              [neighbors.timers.config]
                hold-time = 9
                connect-retry = 5
              [neighbors.transport.config]
                passive-mode = true
              [neighbors.ttl-security.config]
                enabled = true
                ttl-min = 255
              [[neighbors.afi-safis]]
                [neighbors.afi-safis.config]
                  afi-safi-name = "ipv4-unicast"
              [[neighbors.afi-safis]]
                [neighbors.afi-safis.config]
                  afi-safi-name = "ipv6-unicast"
            """);
    wire.start(
        "router",
        "gobgpd.log",
        gobgpd.toString(),
        "-f",
        configuration.toString(),
        "--api-hosts",
        "127.0.0.1:50051",
        "--pprof-disable");
    speaker = new LiveSpeaker(wire.namespace("node"), 179);
    speaker.configure(
        new Peer("go", "10.88.0.1")
            .key("s3cret")
            .hops(1)
            .both()
            .as(4200000002L, new dev.ballast.loadbalancer.bgp.session.PeerAs.External())
            .settings());
    established("go");

    speaker.routes(
        "go",
        Map.of(
            cidr("192.0.2.10/32"),
            attributes(0, 0, List.of("64512:9"), List.of("64512:3:4")),
            cidr("2001:db8::10/128"),
            LiveSpeaker.PLAIN));
    Eventually.holds(
        "the routes",
        SOON,
        () -> {
          String four = wire.in("router", gobgp.toString(), "global", "rib", "-a", "ipv4");
          String six = wire.in("router", gobgp.toString(), "global", "rib", "-a", "ipv6");
          return four.contains("192.0.2.10/32")
              && four.contains("4200000002")
              && four.contains("64512:9")
              && six.contains("2001:db8::10/128");
        });
    wire.in(
        "router", gobgp.toString(), "neighbor", "10.88.0.2", "shutdown", "--reason", "maintenance");
    Eventually.holds(
        "its operator's reason",
        SOON,
        () -> speaker.told.stream().anyMatch(t -> t.contains("maintenance")));
  }

  @Test
  void exabgp_that_opens_the_session() throws Exception {
    Path exabgp = ReferenceProgram.required("exabgp");
    Path seen = temporary.resolve("seen.json");
    Files.writeString(seen, "");
    Path sink =
        wire.file(
            "sink.sh", "#!/bin/sh\nwhile read -r line; do echo \"$line\" >> " + seen + "; done\n");
    boolean _ = sink.toFile().setExecutable(true, false);
    Path configuration =
        wire.file(
            "exabgp.conf",
            """
            process sink { run %s; encoder json; }
            neighbor 10.88.0.2 {
              router-id 10.88.0.1;
              local-address 10.88.0.1;
              local-as 64513;
              peer-as 64512;
              hold-time 9;
              md5-password "s3cret";
              family { ipv4 unicast; ipv6 unicast; }
              api { processes [ sink ]; receive { parsed; update; } }
            }
            """
                .formatted(sink));
    speaker = new LiveSpeaker(wire.namespace("node"), 179);
    speaker.configure(new Peer("exa", "10.88.0.1").key("s3cret").passive().both().settings());
    wire.start(
        "router",
        "exabgp.log",
        "env",
        "exabgp.daemon.user=root",
        "exabgp.tcp.bind=",
        "exabgp.api.cli=false",
        exabgp.toString(),
        configuration.toString());
    established("exa");

    speaker.routes(
        "exa",
        Map.of(
            cidr("192.0.2.10/32"),
            attributes(0, 0, List.of("64512:9"), List.of("64512:3:4")),
            cidr("2001:db8::10/128"),
            LiveSpeaker.PLAIN));
    Eventually.holds(
        "the routes",
        SOON,
        () -> {
          String all = Files.readString(seen);
          return all.contains("192.0.2.10/32") && all.contains("2001:db8::10/128");
        });
    assertThat(Files.readString(seen)).contains("large-community").contains("64512");
    speaker.routes("exa", Map.of());
    Eventually.holds("withdrawn", SOON, () -> Files.readString(seen).contains("withdraw"));
  }
}
