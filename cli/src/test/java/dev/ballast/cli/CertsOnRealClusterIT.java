package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.testkit.Eventually;
import dev.ballast.testkit.Openssl;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import dev.ballast.testkit.cluster.Cluster;
import dev.ballast.testkit.cluster.ClusterNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a live control plane that kubeadm made; the tests go on from one another. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CertsOnRealClusterIT {
  private static final Duration STABLE = Duration.ofMinutes(4);
  private static final Pattern KLOG = Pattern.compile("[IWE]\\d{4} .*");

  @TempDir static Path temporary;

  private static Cluster cluster;
  private static ClusterNode node;

  @BeforeAll
  @Timeout(600)
  static void start() throws Exception {
    cluster = Cluster.start(1);
    node = cluster.nodes().getFirst();
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  @Order(1)
  void check_finds_nothing_wrong() throws Exception {
    ballast("certs", "check").orFail();
  }

  @Test
  @Order(2)
  void check_expiration_prints_what_kubeadm_prints() throws Exception {
    String ours = ballast("certs", "check-expiration").orFail();
    String kubeadms = node.run("kubeadm", "certs", "check-expiration").orFail();

    assertThat(withoutResidualTime(ours)).isEqualTo(withoutResidualTime(kubeadms));
  }

  @Test
  @Order(3)
  @Timeout(720)
  void renew_all_restarts_what_holds_old_certificates() throws Exception {
    String before = servedSerial();

    ballast("certs", "renew", "all", "--restart", "auto").orFail();

    assertThat(servedSerial()).as("the API server's certificate on the wire").isNotEqualTo(before);
    cluster.awaitStablePods(STABLE);
    ballast("certs", "check").orFail();
    startsAPod("renewed");
  }

  @Test
  @Order(4)
  @Timeout(1800)
  void the_ca_is_rotated_in_three_stages() throws Exception {
    Path oldAdmin = Files.copy(cluster.kubeconfig(), temporary.resolve("old-admin.conf"));
    String oldCa = fingerprint();

    for (String stage : List.of("trust-both", "reissue", "drop-old")) {
      ballast("certs", "rotate", "ca", "--to", stage).orFail();
      cluster.awaitStablePods(STABLE);
      Eventually.holds("the node is Ready after " + stage, STABLE, this::nodeIsReady);
    }

    assertThat(fingerprint()).isNotEqualTo(oldCa);
    ballast("certs", "check").orFail();
    startsAPod("rotated");
    Ran withOld =
        Ran.of(
            ReferenceProgram.required("kubectl").toString(),
            "--kubeconfig=" + oldAdmin,
            "get",
            "nodes");
    assertThat(withOld.exitCode()).as(withOld.output()).isNotZero();
    assertThat(withOld.output()).contains("certificate");
  }

  private static Ran ballast(String... words) throws Exception {
    return OnNodes.ballast(node, words);
  }

  private boolean nodeIsReady() throws Exception {
    return cluster
        .kubectl(
            "",
            "get",
            "node",
            node.name(),
            "-o",
            "jsonpath={.status.conditions[?(@.type=='Ready')].status}")
        .orFail()
        .equals("True");
  }

  /**
   * Runs a pod, which API server, scheduler, kubelet and controller manager do together. Its log is
   * read through the API server's connections to the kubelet, which may first have to be made
   * again.
   */
  private static void startsAPod(String name) throws Exception {
    cluster.apply(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: %1$s, namespace: default}
        spec:
          template:
            spec:
              restartPolicy: Never
              containers:
              - {name: main, image: %2$s, command: [echo, %1$s-pod-ran]}
        """
            .formatted(name, Cluster.BUSYBOX));
    cluster
        .kubectl("", "wait", "--for=condition=complete", "job/" + name, "--timeout=110s")
        .orFail();
    Eventually.holds(
        "the log of the pod is read",
        STABLE,
        () ->
            cluster.kubectl("", "logs", "job/" + name).orFail().strip().equals(name + "-pod-ran"));
  }

  private static String servedSerial() throws Exception {
    return node.run(
            "sh",
            "-c",
            "openssl s_client -connect 127.0.0.1:6443 </dev/null 2>/dev/null"
                + " | openssl x509 -noout -serial")
        .orFail();
  }

  private static String fingerprint() throws Exception {
    return Openssl.ok(
        node.kubernetes().resolve("pki"), "x509 -in ca.crt -noout -fingerprint -sha256");
  }

  /** A minute may end between two commands. */
  private static String withoutResidualTime(String table) {
    return table
        .lines()
        .filter(line -> !KLOG.matcher(line).matches())
        .map(line -> line.replaceAll("\\b\\d+[dhmy]\\b *", "- "))
        .collect(Collectors.joining("\n"));
  }
}
