package dev.ballast.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.testkit.Eventually;
import dev.ballast.testkit.Ran;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ClusterIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final List<String> SETTINGS =
      List.of(
          "vm/overcommit_memory",
          "vm/panic_on_oom",
          "kernel/panic",
          "kernel/panic_on_oops",
          "kernel/keys/root_maxkeys",
          "kernel/keys/root_maxbytes");

  @Test
  @Timeout(900)
  void a_daemon_set_runs_on_both_nodes_and_a_service_answers_and_nothing_is_left()
      throws Exception {
    String settings = settings();
    String prefix;
    Path directory;
    try (Cluster cluster = Cluster.start(2)) {
      prefix = cluster.prefix();
      directory = cluster.directory();
      cluster.apply(
          """
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
                  image: %s
                  command: [sh, -c, "cd /tmp; echo $NODE >index.html; exec httpd -f -p 8080"]
                  env:
                  - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
          ---
          apiVersion: v1
          kind: Service
          metadata: {name: web, namespace: default}
          spec:
            type: NodePort
            clusterIP: 10.96.0.80
            selector: {app: web}
            ports: [{port: 80, targetPort: 8080, nodePort: 30080}]
          """
              .formatted(Cluster.BUSYBOX));
      cluster.kubectl("", "rollout", "status", "daemonset/web", "--timeout=110s").orFail();

      for (ClusterNode from : cluster.nodes()) {
        for (ClusterNode to : cluster.nodes()) {
          Eventually.holds(
              "from " + from.name() + " the service answers with " + to.name(),
              LIMIT,
              () ->
                  from.run("curl", "-sS", "-m", "5", "http://10.96.0.80/")
                      .orFail()
                      .strip()
                      .equals(to.name()));
        }
        Eventually.holds(
            "from outside the service answers at a port of " + from.name(),
            LIMIT,
            () ->
                cluster
                    .outside("curl", "-sS", "-m", "5", "http://" + from.address() + ":30080/")
                    .orFail()
                    .startsWith("node"));
        assertThat(from.kubernetes().resolve("kubelet.conf")).exists();
      }
      assertThat(cluster.kubectl("", "get", "nodes").orFail()).contains("node1", "node2");
      assertThat(settings()).as("the machine's settings").isEqualTo(settings);
    }

    Eventually.holds("everything is gone", LIMIT, () -> isGone(prefix, directory));
  }

  static boolean isGone(String prefix, Path directory) throws Exception {
    return !Files.exists(directory)
        && !Ran.ok("ip", "netns", "list").contains(prefix)
        && Ran.of("sh", "-c", "ls -d /sys/fs/cgroup/*/" + prefix + "-*").exitCode() != 0
        && Ran.of("sh", "-c", "grep -l " + prefix + " /proc/[0-9]*/cgroup").output().isBlank();
  }

  private static String settings() throws Exception {
    StringBuilder settings = new StringBuilder();
    for (String setting : SETTINGS) {
      settings.append(Files.readString(Path.of("/proc/sys", setting)));
    }
    return settings.toString();
  }
}
