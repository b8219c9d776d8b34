package dev.ballast.loadbalancer.bgp.advertising;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.bgp.message.LargeCommunity;
import dev.ballast.loadbalancer.bgp.peering.PeerSettings;
import dev.ballast.loadbalancer.bgp.session.PeerAs;
import dev.ballast.loadbalancer.config.Configuration;
import dev.ballast.loadbalancer.config.ConfigurationProblem;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.objects.DirectoryStore;
import dev.ballast.objects.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers and advertisements as people write them. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class BgpConfigurationTest {
  @TempDir private Path directory;
  private BgpConfiguration before = BgpConfiguration.NOTHING;

  private BgpConfiguration read(String objects) throws Exception {
    Files.writeString(directory.resolve("all.yaml"), objects);
    try (DirectoryStore store =
        DirectoryStore.open(
            directory,
            LoadBalancerKinds.SCHEME,
            Thread.ofVirtual().factory(),
            Duration.ofSeconds(1))) {
      Snapshot snapshot = store.list();
      before =
          BgpConfigurationReader.read(
              snapshot,
              Configuration.read(snapshot),
              before,
              secret ->
                  secret.name().equals("known")
                      ? new BgpConfigurationReader.Password.Found("s3cret")
                      : new BgpConfigurationReader.Password.Missing("no secret " + secret));
      return before;
    }
  }

  private List<String> problems(String objects) throws Exception {
    return read(objects).problems().stream().map(ConfigurationProblem::message).toList();
  }

  private static String peer(String spec) {
    return """
    apiVersion: metallb.io/v1beta2
    kind: BGPPeer
    metadata: {name: router, namespace: metallb-system}
    spec: {%s}
    """
        .formatted(spec);
  }

  private static String advertisement(String name, String spec) {
    return """
    apiVersion: metallb.io/v1beta1
    kind: BGPAdvertisement
    metadata: {name: %s, namespace: metallb-system}
    spec: {%s}
    """
        .formatted(name, spec);
  }

  private static final String POOL =
      """
      apiVersion: metallb.io/v1beta1
      kind: IPAddressPool
      metadata: {name: p, namespace: metallb-system}
      spec: {addresses: [192.0.2.0/28]}
      ---
      apiVersion: v1
      kind: Node
      metadata: {name: n1, labels: {rack: a}}
      ---
      """;

  @Test
  void what_a_peer_may_not_be_is_said_in_the_original_words() throws Exception {
    assertThat(problems(peer("peerASN: 1, peerAddress: 10.0.0.1")))
        .containsExactly("missing local ASN");
    assertThat(problems(peer("myASN: 1, peerAddress: 10.0.0.1")))
        .containsExactly("missing peer ASN and dynamicASN");
    assertThat(problems(peer("myASN: 1, peerASN: 2, dynamicASN: external, peerAddress: 10.0.0.1")))
        .containsExactly("both peer ASN and dynamicASN specified");
    assertThat(problems(peer("myASN: 1, peerASN: 2")))
        .containsExactly("peer has no Address or Interface specified");
    assertThat(problems(peer("myASN: 1, peerASN: 2, interface: eth0, peerAddress: 10.0.0.1")))
        .containsExactly("peer has both Address and Interface specified");
    assertThat(problems(peer("myASN: 1, peerASN: 2, peerAddress: nonsense")))
        .containsExactly("invalid BGPPeer address \"nonsense\"");
    assertThat(problems(peer("myASN: 1, peerASN: 1, peerAddress: 10.0.0.1, ebgpMultiHop: true")))
        .containsExactly("invalid ebgp-multihop parameter set for an ibgp peer");
    assertThat(problems(peer("myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, holdTime: 1s")))
        .containsExactly("invalid hold time \"1s\": must be 0 or >=3s");
    assertThat(problems(peer("myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, vrf: red")))
        .containsExactly("VRFs are not supported");
    assertThat(
            problems(
                peer("myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, passwordSecret: {name: other}")))
        .singleElement()
        .asString()
        .contains("no secret");
  }

  @Test
  void a_peer_and_its_session() throws Exception {
    BgpConfiguration configuration =
        read(
            peer(
                "myASN: 4200000000, localASN: 65001, dynamicASN: external, peerAddress: fd00::1,"
                    + " keepaliveTime: 1m30s, routerID: 1.2.3.4, passwordSecret: {name: known}"));

    assertThat(configuration.problems()).isEmpty();
    PeerSettings settings =
        configuration.peers().getFirst().settings("n1", Optional.empty(), _ -> true);
    assertThat(settings.terms().localAs()).isEqualTo(65001);
    assertThat(settings.terms().peerAs()).isEqualTo(new PeerAs.External());
    assertThat(settings.terms().holdTime()).isEqualTo(Duration.ofSeconds(270));
    assertThat(settings.terms().identifier()).isEqualTo(0x01020304);
    assertThat(settings.route().key()).contains("s3cret");
    assertThat(settings + " " + configuration).doesNotContain("s3cret");
  }

  @Test
  void an_advertisement_that_becomes_invalid_stays_as_it_was() throws Exception {
    read(POOL + advertisement("a", "communities: [\"1:2\", \"large:1:2:3\"], asPathPrepend: 2"));
    BgpConfiguration after = read(POOL + advertisement("a", "communities: [unknown]"));

    assertThat(after.problems()).hasSize(1);
    assertThat(after.advertisements().getFirst().attributes().largeCommunities())
        .containsExactly(new LargeCommunity(1, 2, 3));
    assertThat(after.advertisements().getFirst().attributes().prepend()).isEqualTo(2);
  }

  @Test
  void lengths_and_preferences_have_to_go_with_the_pool_and_each_other() throws Exception {
    assertThat(problems(POOL + advertisement("a", "aggregationLength: 24")))
        .singleElement()
        .asString()
        .startsWith(
            "invalid aggregation length 24: prefix 28 in this pool is more specific than the"
                + " aggregation length for addresses");
    assertThat(problems(POOL + advertisement("a", "aggregationLength: 33")))
        .containsExactly("invalid aggregation length 33 for IPv4");
    before = BgpConfiguration.NOTHING;
    String first = POOL + advertisement("a", "localPref: 5") + "---\n";
    assertThat(problems(first + advertisement("b", "localPref: 6")))
        .containsExactly(
            "invalid local preference 6: local preferernce 5 was already set for the same type of"
                + " BGP update. Check existing BGP advertisements with common pools and"
                + " aggregation lengths");
    for (String fine :
        List.of(
            "localPref: 6, aggregationLength: 30",
            "localPref: 6, nodeSelectors: [{matchLabels: {rack: b}}]",
            "localPref: 5")) {
      assertThat(problems(first + advertisement("b", fine))).as(fine).isEmpty();
    }
    assertThat(
            problems(
                POOL
                    + advertisement("a", "localPref: 5, peers: [x]")
                    + "---\n"
                    + advertisement("b", "localPref: 6, peers: [y]")))
        .isEmpty();
  }
}
