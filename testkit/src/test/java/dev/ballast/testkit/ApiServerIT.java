package dev.ballast.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ApiServerIT {
  @Test
  void kubectl_creates_and_reads_objects() throws Exception {
    ApiServer server = ApiServer.shared();

    assertThat(
            server.apply(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: default}
                spec: {type: LoadBalancer, ports: [{port: 80}]}
                """))
        .contains("service/web created");

    assertThat(server.kubectl("", "get", "service", "web", "-o", "jsonpath={.spec.type}").orFail())
        .isEqualTo("LoadBalancer");
  }

  @Test
  void rights_are_checked() throws Exception {
    ApiServer server = ApiServer.shared();
    server.apply(
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: nobody, namespace: default}
        """);
    String token = server.kubectl("", "create", "token", "nobody").orFail().strip();
    Path kubeconfig = server.kubeconfigOf("nobody", token);

    Ran refused = server.kubectl("", "--kubeconfig", kubeconfig.toString(), "get", "secrets", "-A");

    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.output())
        .contains("system:serviceaccount:default:nobody", "cannot list resource \"secrets\"");
  }

  @Test
  void it_ends_with_the_process_that_started_it() throws Exception {
    // A JVM of its own that starts one and is killed without a chance to clean up.
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                StartsAndWaits.class.getName())
            .redirectErrorStream(true)
            .start();
    long server;
    try (var lines = jvm.inputReader()) {
      String line = lines.readLine();
      while (line != null && !line.startsWith("pid ")) {
        line = lines.readLine();
      }
      assertThat(line).as("what the process printed").isNotNull();
      server = Long.parseLong(line.substring(4));
      assertThat(ProcessHandle.of(server)).isPresent();
      jvm.destroyForcibly().waitFor();
    }

    Eventually.holds(
        "the server is gone",
        Eventually.SOON,
        () -> ProcessHandle.of(server).filter(ProcessHandle::isAlive).isEmpty());
  }

  /** The process that is killed. */
  static final class StartsAndWaits {
    private StartsAndWaits() {}

    public static void main(String[] arguments) throws Exception {
      Path log = java.nio.file.Files.createTempFile("daemon", ".log");
      Daemon sleep = Daemon.start(log, java.util.Map.of(), java.util.List.of("sleep", "600"));
      System.out.println("pid " + sleep.pid());
      Thread.sleep(600_000);
    }
  }
}
