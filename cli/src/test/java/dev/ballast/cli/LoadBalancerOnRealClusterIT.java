package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.testkit.Daemon;
import dev.ballast.testkit.Eventually;
import dev.ballast.testkit.cluster.Cluster;
import dev.ballast.testkit.cluster.ClusterNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Controller and speakers on a real cluster, each under the service account of its generated
 * manifests; a machine that is no node asks.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class LoadBalancerOnRealClusterIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String ACCOUNTS = "system:serviceaccount:metallb-system:";
  private static final String ADDRESS = "10.77.0.200";

  @TempDir Path temporary;

  @Test
  @Timeout(900)
  void a_machine_outside_reaches_pods_through_the_address_also_when_its_speaker_is_killed()
      throws Exception {
    try (Cluster cluster = Cluster.start(2)) {
      ClusterNode first = cluster.nodes().getFirst();
      String manifests = OnNodes.ballast(first, "lb", "manifests").orFail();
      cluster.apply(manifests);
      cluster
          .kubectl("", "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
          .orFail();
      cluster.apply(objects());
      cluster.kubectl("", "rollout", "status", "daemonset/web", "--timeout=110s").orFail();
      // kubeadm keeps load balancers off control planes; here both nodes are to announce.
      cluster
          .kubectl(
              "",
              "label",
              "node",
              "node1",
              "node.kubernetes.io/exclude-from-external-load-balancers-")
          .orFail();

      Map<String, Daemon> speakers = new HashMap<>();
      try (Daemon _ = start(cluster, first, "controller")) {
        for (ClusterNode node : cluster.nodes()) {
          speakers.put(node.name(), start(cluster, node, "speaker", "--node-name", node.name()));
        }
        Eventually.holds(
            "a machine outside reaches pods of both nodes",
            LIMIT,
            () -> {
              String answers = "";
              for (int i = 0; i < 10; i++) {
                answers += get(cluster);
              }
              return answers.contains("node1") && answers.contains("node2");
            });
        Eventually.holds("the status names the owner", LIMIT, () -> !owner(cluster).isBlank());
        String owner = owner(cluster);
        String hardware = hardwareAddress(cluster);

        killSpeaker(cluster, owner);

        Eventually.holds(
            "the other node answers for the address",
            LIMIT,
            () -> !hardwareAddress(cluster).equals(hardware) && get(cluster).startsWith("node"));
        Eventually.holds(
            "the status names the other node",
            LIMIT,
            () -> !owner(cluster).isBlank() && !owner(cluster).equals(owner));
        assertThat(cluster.kubectl("", "describe", "service", "web").orFail())
            .contains("IPAllocated", "nodeAssigned");
        assertThat(cluster.forbidden(ACCOUNTS)).as("requests without a right").isEmpty();
        cluster.kubectl(
            "", "--as=" + ACCOUNTS + "ballast-lb-speaker", "-n", "default", "get", "secrets");
        Eventually.holds(
            "one that has no right is seen", LIMIT, () -> !cluster.forbidden(ACCOUNTS).isEmpty());
      } catch (AssertionError e) {
        throw new AssertionError(e.getMessage() + "\n" + logs(), e);
      } finally {
        speakers.values().forEach(Daemon::close);
      }
    }
  }

  private static String objects() {
    return """
    apiVersion: metallb.io/v1beta1
    kind: IPAddressPool
    metadata: {name: rack, namespace: metallb-system}
    spec: {addresses: [%1$s/32]}
    ---
    apiVersion: metallb.io/v1beta1
    kind: L2Advertisement
    metadata: {name: rack, namespace: metallb-system}
    ---
    apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: web, namespace: default}
    spec:
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - name: web
            image: %2$s
            command: [sh, -c, "cd /tmp; echo $NODE >index.html; exec httpd -f -p 8080"]
            env:
            - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: web, namespace: default}
    spec:
      type: LoadBalancer
      selector: {app: web}
      ports: [{port: 80, targetPort: 8080}]
    """
        .formatted(ADDRESS, Cluster.BUSYBOX);
  }

  private Daemon start(Cluster cluster, ClusterNode node, String role, String... options)
      throws Exception {
    String name = role + "-" + node.name();
    Path kubeconfig = kubeconfig(cluster, node, "ballast-lb-" + role, name);
    List<String> words = new ArrayList<>(List.of("lb", role));
    words.addAll(List.of("--kubeconfig", kubeconfig.toString()));
    words.addAll(List.of(options));
    return OnNodes.start(node, temporary.resolve(name + ".log"), words.toArray(String[]::new));
  }

  /** Writes a kubeconfig of a service account for the nodes' network. */
  private Path kubeconfig(Cluster cluster, ClusterNode node, String account, String name)
      throws Exception {
    String token =
        cluster.kubectl("", "-n", "metallb-system", "create", "token", account).orFail().strip();
    ClusterNode first = cluster.nodes().getFirst();
    Path file = temporary.resolve(name + ".conf");
    String kubectl = "--kubeconfig=" + file;
    config(
        cluster,
        kubectl,
        "set-cluster",
        "test",
        "--server=https://" + first.address() + ":6443",
        "--embed-certs",
        "--certificate-authority=" + first.kubernetes().resolve("pki/ca.crt"));
    config(cluster, kubectl, "set-credentials", "test", "--token=" + token);
    config(cluster, kubectl, "set-context", "test", "--cluster=test", "--user=test");
    config(cluster, kubectl, "use-context", "test");
    return file;
  }

  private static void config(Cluster cluster, String kubeconfig, String... words) throws Exception {
    List<String> all = new ArrayList<>(List.of(kubeconfig, "config"));
    all.addAll(List.of(words));
    cluster.kubectl("", all.toArray(String[]::new)).orFail();
  }

  private static String get(Cluster cluster) throws Exception {
    return cluster.outside("curl", "-sS", "-m", "5", "http://" + ADDRESS + "/").orFail();
  }

  /** Returns the node that the status names, or nothing. */
  private static String owner(Cluster cluster) throws Exception {
    return cluster
        .kubectl(
            "",
            "get",
            "servicel2statuses",
            "-A",
            "-o",
            "jsonpath={.items[?(@.status.serviceName=='web')].status.node}")
        .orFail()
        .strip();
  }

  /** Returns the hardware address that the machine outside has for the address. */
  private static String hardwareAddress(Cluster cluster) throws Exception {
    return cluster
        .outside("ip", "neighbour", "show", ADDRESS)
        .orFail()
        .replaceFirst("(?s).*lladdr (\\S+).*", "$1");
  }

  private static void killSpeaker(Cluster cluster, String node) throws Exception {
    for (ClusterNode each : cluster.nodes()) {
      if (each.name().equals(node)) {
        each.run("pkill", "-KILL", "-f", "dev.ballast.cli.Main lb speaker").orFail();
      }
    }
  }

  private String logs() throws Exception {
    StringBuilder logs = new StringBuilder();
    try (var files = Files.newDirectoryStream(temporary, "*.log")) {
      for (Path file : files) {
        logs.append(file.getFileName()).append(":\n").append(Files.readString(file)).append('\n');
      }
    }
    return logs.toString();
  }
}
