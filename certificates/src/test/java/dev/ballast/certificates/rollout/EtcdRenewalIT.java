package dev.ballast.certificates.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.certificates.live.Endpoint;
import dev.ballast.certificates.live.Freshness;
import dev.ballast.certificates.live.Listeners;
import dev.ballast.certificates.live.LivePort;
import dev.ballast.certificates.live.LivePorts;
import dev.ballast.certificates.live.Probe;
import dev.ballast.certificates.peers.Peers;
import dev.ballast.certificates.peers.TestCluster;
import dev.ballast.certificates.recovery.Reissue;
import dev.ballast.pki.Certificates;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's etcd as a TLS cluster of three on our PKI, renewed under load. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class EtcdRenewalIT {
  private static final int MEMBERS = 3;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path temp;
  private final List<Process> processes = new ArrayList<>();
  private int[] ports = new int[0];

  @AfterEach
  void stop() throws InterruptedException {
    for (var process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void it_keeps_serving_and_serves_the_new_certificates_without_a_restart() throws Exception {
    Peers.require("etcd", "etcd-server");
    Peers.require("etcdctl", "etcd-client");
    ports = Peers.freePorts(2 * MEMBERS);
    var cluster = TestCluster.create(temp, Instant.now().minus(Duration.ofDays(300)), 6443);
    for (int member = 0; member < MEMBERS; member++) {
      processes.add(start(cluster, member));
    }
    Peers.await("etcd is well", LIMIT, () -> put(cluster, "first").status() == 0);

    var stop = new AtomicBoolean();
    var puts = new AtomicInteger();
    var failed = Collections.synchronizedList(new ArrayList<String>());
    var load =
        Thread.ofPlatform()
            .start(() -> {
              while (!stop.get()) {
                var outcome = put(cluster, "value" + puts.get());
                puts.incrementAndGet();
                if (outcome.status() != 0) {
                  failed.add(outcome.output());
                }
              }
            });
    for (int round = 0; round < 5; round++) {
      var before = puts.get();
      renew(cluster);
      Peers.await("more puts", LIMIT, () -> puts.get() > before + 5);
    }
    stop.set(true);
    load.join();

    assertThat(failed).isEmpty();
    assertThat(puts.get()).isGreaterThan(25);
    assertThat(look(cluster))
        .hasSize(2 * MEMBERS)
        .allMatch(port -> port.freshness() instanceof Freshness.Current)
        .allMatch(port -> port.listener().orElseThrow().name().equals("etcd"));
    assertThat(processes).allMatch(Process::isAlive);
  }

  private void renew(TestCluster cluster) {
    var reissue = new Reissue(cluster.files(), cluster.forge(), TestCluster.terms(Instant.now()));
    var authority = cluster.authority(Authority.ETCD_CA);
    reissue.use(Authority.ETCD_CA, authority, List.of(authority.certificate()));
    for (var leaf : List.of(Leaf.ETCD_SERVER, Leaf.ETCD_PEER, Leaf.ETCD_HEALTHCHECK_CLIENT)) {
      var old = Certificates.read(cluster.layout().certificate(leaf)).getFirst();
      reissue.pair(
          cluster.layout().certificate(leaf),
          cluster.layout().key(leaf),
          Certificates.template(old),
          leaf.authority(),
          Reissue.algorithmOf(old));
    }
    var plan = reissue.plan("renew etcd");
    var changes =
        Changes.in(StateDirectory.beside(cluster.layout().kubeconfigDir()), InstantSource.system());
    try (var session = changes.open()) {
      session.apply(plan);
    }
  }

  private List<LivePort> look(TestCluster cluster) {
    var endpoints = new ArrayList<Endpoint>();
    for (int member = 0; member < MEMBERS; member++) {
      endpoints.add(endpoint(ports[2 * member], cluster.layout().certificate(Leaf.ETCD_SERVER)));
      endpoints.add(endpoint(ports[2 * member + 1], cluster.layout().certificate(Leaf.ETCD_PEER)));
    }
    return new LivePorts(
            new Probe(Thread.ofVirtual().factory(), Duration.ofSeconds(5)),
            Listeners.ofThisMachine(),
            file -> Optional.of(Certificates.read(file).getFirst()))
        .look(endpoints);
  }

  private static Endpoint endpoint(int port, Path file) {
    return new Endpoint(
        "etcd", new InetSocketAddress(InetAddress.getLoopbackAddress(), port), Optional.of(file));
  }

  private String url(int index) {
    return "https://127.0.0.1:" + ports[index];
  }

  private Process start(TestCluster cluster, int member) throws Exception {
    var members = new ArrayList<String>();
    for (int i = 0; i < MEMBERS; i++) {
      members.add("m" + i + "=" + url(2 * i + 1));
    }
    var ca = cluster.pki("etcd/ca.crt").toString();
    return new ProcessBuilder(
            "etcd",
            "--name=m" + member,
            "--data-dir=" + temp.resolve("data-" + member),
            "--listen-client-urls=" + url(2 * member),
            "--advertise-client-urls=" + url(2 * member),
            "--listen-peer-urls=" + url(2 * member + 1),
            "--initial-advertise-peer-urls=" + url(2 * member + 1),
            "--initial-cluster=" + String.join(",", members),
            "--initial-cluster-state=new",
            "--cert-file=" + cluster.pki("etcd/server.crt"),
            "--key-file=" + cluster.pki("etcd/server.key"),
            "--trusted-ca-file=" + ca,
            "--client-cert-auth=true",
            "--peer-cert-file=" + cluster.pki("etcd/peer.crt"),
            "--peer-key-file=" + cluster.pki("etcd/peer.key"),
            "--peer-trusted-ca-file=" + ca,
            "--peer-client-cert-auth=true",
            "--unsafe-no-fsync=true")
        .redirectErrorStream(true)
        .redirectOutput(temp.resolve("etcd-" + member + ".log").toFile())
        .start();
  }

  /** One put of a new client, so that each shakes hands anew. */
  private Peers.Outcome put(TestCluster cluster, String value) {
    var endpoints = url(0) + "," + url(2) + "," + url(4);
    return Peers.run(
        "env",
        "ETCDCTL_API=3",
        "etcdctl",
        "--endpoints=" + endpoints,
        "--cacert=" + cluster.pki("etcd/ca.crt"),
        "--cert=" + cluster.pki("apiserver-etcd-client.crt"),
        "--key=" + cluster.pki("apiserver-etcd-client.key"),
        "--dial-timeout=5s",
        "--command-timeout=10s",
        "put",
        "key",
        value);
  }
}
