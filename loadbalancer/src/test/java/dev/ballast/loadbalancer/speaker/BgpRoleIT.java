package dev.ballast.loadbalancer.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.namespace.NamespaceKind;
import dev.ballast.loadbalancer.bgp.peering.Wire;
import dev.ballast.loadbalancer.bgp.speaker.BgpSpeaker;
import dev.ballast.loadbalancer.controller.ControllerRole;
import dev.ballast.loadbalancer.layer2.Selection;
import dev.ballast.loadbalancer.membership.Timing;
import dev.ballast.loadbalancer.resource.BGPSessionState;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.loadbalancer.resource.ServiceBGPStatus;
import dev.ballast.objects.DirectoryStore;
import dev.ballast.roles.RoleProcess;
import dev.ballast.roles.admin.AdminHandlers;
import dev.ballast.roles.admin.AdminHttp;
import dev.ballast.testkit.Eventually;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Controller and speaker on a directory of objects, and FRR, whose kernel has the routes. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class BgpRoleIT {
  private static final Duration SOON = Duration.ofSeconds(40);

  private static final String OBJECTS =
      """
      apiVersion: metallb.io/v1beta1
      kind: IPAddressPool
      metadata: {name: p, namespace: metallb-system, labels: {site: a}}
      spec: {addresses: [192.0.2.0/24, "2001:db8::/120"]}
      ---
      apiVersion: metallb.io/v1beta2
      kind: BGPPeer
      metadata: {name: router, namespace: metallb-system}
      spec: {myASN: 64512, peerASN: 64513, peerAddress: 10.88.0.1, holdTime: 9s,
        connectTime: 1s, dualStackAddressFamily: true, bfdProfile: fast}
      ---
      apiVersion: metallb.io/v1beta2
      kind: BGPPeer
      metadata: {name: elsewhere, namespace: metallb-system}
      spec: {myASN: 64512, peerASN: 64513, peerAddress: 10.88.0.9,
        nodeSelectors: [{matchLabels: {rack: other}}]}
      ---
      apiVersion: metallb.io/v1beta1
      kind: BFDProfile
      metadata: {name: fast, namespace: metallb-system}
      spec: {receiveInterval: 200, transmitInterval: 200}
      ---
      apiVersion: metallb.io/v1beta1
      kind: Community
      metadata: {name: names, namespace: metallb-system}
      spec: {communities: [{name: blue, value: "64512:77"}]}
      ---
      apiVersion: metallb.io/v1beta1
      kind: BGPAdvertisement
      metadata: {name: hosts, namespace: metallb-system}
      spec: {communities: [blue, "large:64512:1:2"], ipAddressPoolSelectors: [{matchLabels: {site: a}}]}
      ---
      apiVersion: metallb.io/v1beta1
      kind: BGPAdvertisement
      metadata: {name: nets, namespace: metallb-system}
      spec: {aggregationLength: 24, aggregationLengthV6: 120, asPathPrepend: 1, peers: [router]}
      ---
      apiVersion: v1
      kind: Node
      metadata: {name: n1}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: default}
      spec: {type: LoadBalancer, ports: [{port: 80}], clusterIP: 10.0.0.1,
        clusterIPs: [10.0.0.1, "fd00::1"], ipFamilies: [IPv4, IPv6],
        ipFamilyPolicy: RequireDualStack, externalTrafficPolicy: Local}
      """;

  private static final String ENDPOINTS =
      """
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
      addressType: IPv4
      endpoints: [{addresses: [10.0.0.1], nodeName: %s}]
      """;

  private static final String ROUTER =
      """
      bfd
       profile fast
        receive-interval 200
        transmit-interval 200
      !
      router bgp 64513
       bgp router-id 10.88.0.1
       bgp log-neighbor-changes
       no bgp ebgp-requires-policy
       no bgp default ipv4-unicast
       neighbor 10.88.0.2 remote-as 64512
       neighbor 10.88.0.2 timers connect 1
       neighbor 10.88.0.2 passive
       neighbor 10.88.0.2 bfd
       neighbor 10.88.0.2 bfd profile fast
       address-family ipv4 unicast
        neighbor 10.88.0.2 activate
       exit-address-family
       address-family ipv6 unicast
        neighbor 10.88.0.2 activate
       exit-address-family
      """;

  @TempDir private Path temporary;
  private Path objects = Path.of("");
  private Wire wire;
  private DirectoryStore store;
  private RoleProcess process;
  private RunningRole controller;
  private SpeakerRole speaker;
  private AdminHttp http;

  @BeforeEach
  void build() throws Exception {
    objects = Files.createDirectory(temporary.resolve("objects"));
    Files.writeString(objects.resolve("all.yaml"), OBJECTS);
    Files.writeString(objects.resolve("endpoints.yaml"), ENDPOINTS.formatted("n1"));
    wire = new Wire(temporary);
    wire.frr(ROUTER, "zebra", "bfdd", "bgpd");
    Eventually.holds("bgpd runs", SOON, () -> !wire.vtysh("show bgp summary").isEmpty());
  }

  /** Threads that are in the node's network namespace. */
  private Thread onNode(Runnable body) {
    return Thread.ofPlatform()
        .daemon()
        .unstarted(() -> {
          try (Namespace network = Namespace.open(NamespaceKind.NET, wire.namespace("node"))) {
            network.enter();
          }
          body.run();
        });
  }

  private void start() throws Exception {
    ThreadFactory threads = this::onNode;
    store = DirectoryStore.open(objects, LoadBalancerKinds.SCHEME, threads, Duration.ofMillis(20));
    InstantSource clock = InstantSource.system();
    speaker =
        new SpeakerRole(
            store,
            new SpeakerRole.Options(
                new Speaker.Settings(
                    "n1",
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    new byte[0],
                    Selection.standard(),
                    Timing.DEFAULT),
                "",
                false,
                new BgpSpeaker.Settings("n1", 179, Duration.ofSeconds(8))),
            clock);
    PrometheusRegistry metrics = new PrometheusRegistry();
    process =
        new RoleProcess(
            List.of(speaker), threads, metrics, new AdminHandlers(), Duration.ofSeconds(20));
    controller = RunningRole.start(new ControllerRole(store, "", clock));
    CompletableFuture<Boolean> started = new CompletableFuture<>();
    onNode(
            () -> {
              try {
                process.start();
                started.complete(true);
              } catch (Exception e) {
                started.completeExceptionally(e);
              }
            })
        .start();
    started.join();
    http =
        AdminHttp.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            process::health,
            metrics,
            RunningRole.TASKS);
  }

  @AfterEach
  void takeDown() throws Exception {
    if (http != null) {
      http.close();
    }
    if (process != null) {
      process.close();
    }
    if (controller != null) {
      controller.close();
    }
    if (store != null) {
      store.close();
    }
    if (wire != null) {
      wire.close();
    }
  }

  private String metrics() throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + http.address().getPort() + "/metrics"))
                  .build(),
              BodyHandlers.ofString())
          .body();
    }
  }

  private void routes(String... prefixes) throws Exception {
    Eventually.holds(
        String.join(", ", prefixes),
        SOON,
        () -> {
          String all = wire.routes("-4") + wire.routes("-6");
          for (String prefix : prefixes) {
            if (all.lines().noneMatch(line -> line.startsWith(prefix + " "))) {
              return false;
            }
          }
          return true;
        });
  }

  @Test
  void from_objects_to_the_kernel_of_the_router_and_back() throws Exception {
    start();
    routes("192.0.2.0", "192.0.2.0/24", "2001:db8::", "2001:db8::/120");
    assertThat(wire.vtysh("show bgp ipv4 unicast 192.0.2.0/32"))
        .contains("Community: 64512:77")
        .contains("Large Community: 64512:1:2");
    assertThat(wire.vtysh("show bgp ipv4 unicast 192.0.2.0/24")).contains("64512 64512");

    // What it says of itself.
    Eventually.holds(
        "ServiceBGPStatus",
        SOON,
        () ->
            store
                .status(ServiceBGPStatus.KIND.key("metallb-system", "bgp-default-web-n1"))
                .orElseThrow()
                .get("peers")
                .equals(List.of("router")));
    Eventually.holds(
        "BGPSessionState",
        SOON,
        () ->
            store
                .status(BGPSessionState.KIND.key("metallb-system", "n1-router"))
                .orElseThrow()
                .get("bgpStatus")
                .equals("Established"));
    assertThat(metrics())
        .contains("metallb_bgp_session_up{peer=\"10.88.0.1:179\"} 1.0")
        .contains("metallb_bgp_announced_prefixes_total{peer=\"10.88.0.1:179\"} 4.0")
        .contains("protocol=\"bgp\"");
    Eventually.holds(
        "BFD is up",
        SOON,
        () -> metrics().contains("metallb_bfd_session_up{peer=\"10.88.0.1\"} 1.0"));
    assertThat(speaker.explained("default/web"))
        .contains("router has 192.0.2.0/24")
        .doesNotContain("elsewhere");

    // externalTrafficPolicy is Local, and the last endpoint moves to another node.
    Files.writeString(objects.resolve("endpoints.yaml"), ENDPOINTS.formatted("n2"));
    Eventually.holds("no routes", SOON, () -> wire.routes("-4").isBlank());
    assertThat(speaker.explained("default/web"))
        .contains("noLocalEndpoints")
        .contains("no endpoint on the node can serve");
    Files.writeString(objects.resolve("endpoints.yaml"), ENDPOINTS.formatted("n1"));
    routes("192.0.2.0/24");

    // An advertisement that becomes invalid stays in force as it was.
    Files.writeString(objects.resolve("all.yaml"), OBJECTS.replace("[blue,", "[unknown-alias,"));
    Files.writeString(objects.resolve("endpoints.yaml"), ENDPOINTS.formatted("n2"));
    Eventually.holds("no routes", SOON, () -> wire.routes("-4").isBlank());
    Files.writeString(objects.resolve("endpoints.yaml"), ENDPOINTS.formatted("n1"));
    routes("192.0.2.0", "192.0.2.0/24");
    assertThat(wire.vtysh("show bgp ipv4 unicast 192.0.2.0/32")).contains("64512:77");
  }

  @Test
  void a_speaker_that_leaves_announces_its_routes_as_the_last_choice_first() throws Exception {
    start();
    routes("192.0.2.0/24");
    Thread leaving = Thread.ofPlatform().start(process::close);

    Eventually.holds(
        "GRACEFUL_SHUTDOWN",
        SOON,
        () ->
            wire.vtysh("show bgp ipv4 unicast 192.0.2.0/24")
                .toLowerCase(java.util.Locale.ROOT)
                .contains("graceful-shutdown"));
    Eventually.holds("withdrawn", SOON, () -> wire.routes("-4").isBlank());
    leaving.join();
  }
}
