package dev.ballast.certificates.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.certificates.live.Listeners;
import dev.ballast.certificates.live.LivePorts;
import dev.ballast.certificates.live.Probe;
import dev.ballast.certificates.peers.EtcdMember;
import dev.ballast.certificates.peers.KubeletStandIn;
import dev.ballast.certificates.peers.Peers;
import dev.ballast.certificates.peers.TestCluster;
import dev.ballast.certificates.rollout.KubeletService;
import dev.ballast.certificates.rollout.Machine;
import dev.ballast.certificates.rollout.Outcome;
import dev.ballast.certificates.rollout.Rollout;
import dev.ballast.certificates.staticpods.Crictl;
import dev.ballast.certificates.staticpods.HealthCheck;
import dev.ballast.certificates.staticpods.Patience;
import dev.ballast.certificates.staticpods.RuntimeCalls;
import dev.ballast.certificates.staticpods.StaticPods;
import dev.ballast.pki.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The authority of three etcd members on three nodes is replaced, node by node and stage by stage.
 * etcd reads whom it trusts only when it starts: a member that was not restarted in the first stage
 * turns away its peers and clients in the second.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class EtcdRotationIT {
  private static final int NODES = 3;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path temp;
  private final List<TestCluster> nodes = new ArrayList<>();
  private final List<KubeletStandIn> kubelets = new ArrayList<>();
  private final List<EtcdMember> members = new ArrayList<>();

  @AfterEach
  void stop() {
    kubelets.forEach(KubeletStandIn::close);
  }

  private void start() throws IOException {
    Peers.require("etcd", "etcd-server");
    Peers.require("etcdctl", "etcd-client");
    var ports = Peers.freePorts(3 * NODES);
    var made = Instant.now().minus(Duration.ofDays(100));
    for (int i = 0; i < NODES; i++) {
      nodes.add(TestCluster.create(temp.resolve("node-" + i), made, 6443));
      if (i > 0) {
        // One cluster: its authorities are on every control-plane node.
        copyDirectory(nodes.getFirst().layout().certificatesDir(), nodes.get(i));
      }
      members.add(
          new EtcdMember(
              "m" + i, nodes.get(i).layout(), ports[3 * i], ports[3 * i + 1], ports[3 * i + 2]));
    }
    for (int i = 0; i < NODES; i++) {
      var manifests = nodes.get(i).files().manifests();
      KubeletStandIn.writeManifest(
          manifests,
          "etcd",
          members.get(i).command(temp.resolve("data-" + i).toString(), members),
          members.get(i).healthPort(),
          "HTTP",
          "/health");
      kubelets.add(
          KubeletStandIn.start(manifests, temp.resolve("cri-" + i), Duration.ofMillis(100)));
    }
    Peers.await("etcd is well", LIMIT, () -> put("first").status() == 0);
  }

  private static void copyDirectory(Path from, TestCluster to) throws IOException {
    try (var files = Files.walk(from)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        copy(file, to.layout().certificatesDir().resolve(from.relativize(file)));
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
  }

  private Peers.Outcome put(String value) {
    return EtcdMember.put(nodes.getFirst().layout(), members, value);
  }

  /** As {@code certs rotate etcd-ca --to GOAL}. */
  private Outcome rotate(int node, Goal goal) {
    var cluster = nodes.get(node);
    var rotation = Rotations.of(cluster, Authority.ETCD_CA, Instant.now());
    var patience = new Patience(InstantSource.system(), Thread::sleep, Duration.ofMillis(50));
    var ports =
        new LivePorts(
            new Probe(Thread.ofVirtual().factory(), Duration.ofSeconds(3)),
            Listeners.ofThisMachine(),
            file ->
                Files.exists(file)
                    ? Optional.of(Certificates.read(file).getFirst())
                    : Optional.empty());
    var pods =
        new StaticPods(
            new RuntimeCalls(
                new Crictl(kubelets.get(node).crictl(), Optional.empty(), LIMIT), patience, LIMIT),
            Listeners.ofThisMachine(),
            new HealthCheck(Duration.ofSeconds(3)),
            patience,
            LIMIT);
    var machine = new Machine(cluster.files(), ports, pods, KubeletService.none(), patience);
    var changes =
        Changes.in(StateDirectory.beside(cluster.layout().kubeconfigDir()), InstantSource.system());
    try (var session = changes.open()) {
      var rollout = new Rollout(machine, changes, _ -> {}, LIMIT);
      var stage = rotation.stage();
      return goal.isReachedBy(stage)
          ? rollout.refresh()
          : rollout.renew(session, rotation.next(stage));
    }
  }

  /** What the first two stages tell to copy to the other nodes, and what to delete there. */
  private void handOn(int node, String... names) throws IOException {
    for (var name : names) {
      copy(nodes.getFirst().pki(name), nodes.get(node).pki(name));
    }
  }

  private void everywhere(Goal goal, String... handedOn) throws IOException {
    for (int node = 0; node < NODES; node++) {
      if (node > 0) {
        handOn(node, handedOn);
        if (!List.of(handedOn).contains("etcd/ca-next.key")) {
          Files.deleteIfExists(nodes.get(node).pki("etcd/ca-next.key"));
        }
      }
      long before = kubelets.get(node).pid("etcd");
      var restarted =
          switch (rotate(node, goal)) {
            case Outcome.Done done -> done.restarted();
            case Outcome.Refreshed refreshed -> refreshed.restarted();
            case Outcome other -> throw new AssertionError("node " + node + ": " + other);
          };
      assertThat(restarted).as("node " + node).containsExactly("etcd");
      assertThat(kubelets.get(node).pid("etcd")).isNotEqualTo(before);
      Peers.await("the cluster takes a put", LIMIT, () -> put("between").status() == 0);
    }
  }

  @Test
  void three_members_keep_their_quorum_through_all_stages() throws Exception {
    start();
    var old = Certificates.read(nodes.getFirst().pki("etcd/ca.crt")).getFirst();
    var stop = new AtomicBoolean();
    var puts = new AtomicInteger();
    var longest = new AtomicInteger();
    var load =
        Thread.ofPlatform()
            .start(() -> {
              while (!stop.get()) {
                // While a leader is restarted a put may fail; never several in a row.
                int failed = 0;
                while (put("value" + puts.incrementAndGet()).status() != 0 && !stop.get()) {
                  failed++;
                }
                longest.accumulateAndGet(failed, Math::max);
              }
            });

    everywhere(Goal.TRUST_BOTH, "etcd/ca.crt", "etcd/ca-next.key");
    everywhere(Goal.REISSUE, "etcd/ca.crt", "etcd/ca.key");
    everywhere(Goal.DROP_OLD, "etcd/ca.crt");
    stop.set(true);
    load.join();

    assertThat(puts.get()).isGreaterThan(20);
    assertThat(longest.get()).as("failed puts in a row, of " + puts).isLessThan(10);
    for (var node : nodes) {
      assertThat(Certificates.read(node.pki("etcd/ca.crt"))).hasSize(1).doesNotContain(old);
      Peers.run(
              "openssl",
              "verify",
              "-x509_strict",
              "-CAfile",
              node.pki("etcd/ca.crt").toString(),
              node.pki("etcd/peer.crt").toString(),
              node.pki("etcd/server.crt").toString(),
              node.pki("apiserver-etcd-client.crt").toString())
          .orFail();
    }
  }
}
