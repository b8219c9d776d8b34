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
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class KilledClusterIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir Path temporary;

  @Test
  void nothing_is_left_of_a_cluster_whose_jvm_was_killed_while_pods_started() throws Exception {
    Rights.require();
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Starts.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(temporary.resolve("output").toFile())
            .start();
    Path directory;
    String prefix;
    try {
      Eventually.holds("it begins", LIMIT, () -> !clusters().isEmpty());
      directory = clusters().getFirst();
      prefix = prefix(directory);
      Eventually.holds(
          "the API server's container runs",
          LIMIT,
          () -> {
            assertThat(jvm.isAlive()).as(Files.readString(temporary.resolve("output"))).isTrue();
            return containers(prefix).contains("kube-apiserver");
          });
    } finally {
      jvm.destroyForcibly().waitFor();
    }

    Eventually.holds("everything is gone", LIMIT, () -> ClusterIT.isGone(prefix, directory));
  }

  private List<Path> clusters() throws Exception {
    try (var entries = Files.newDirectoryStream(temporary, "ballast-cluster*")) {
      for (Path entry : entries) {
        if (Files.exists(entry.resolve("node1/up"))) {
          return List.of(entry);
        }
      }
    }
    return List.of();
  }

  /** The last word of the command that would take it down. */
  private static String prefix(Path directory) throws Exception {
    String line = Ran.ok("pgrep", "-af", "teardown.sh " + directory).strip();
    return line.substring(line.lastIndexOf(' ') + 1);
  }

  /** Returns the command lines of what runs in a cgroup of the cluster's pods. */
  private static String containers(String prefix) throws Exception {
    return Ran.of(
            "sh",
            "-c",
            "for pid in $(find /sys/fs/cgroup/pids/"
                + prefix
                + "-node1 -name cgroup.procs -exec cat {} +); do cat /proc/$pid/cmdline; done")
        .output();
  }

  /** The process that is killed. */
  static final class Starts {
    private Starts() {}

    public static void main(String[] arguments) throws Exception {
      Cluster.start(1);
      Thread.sleep(600_000);
    }
  }
}
