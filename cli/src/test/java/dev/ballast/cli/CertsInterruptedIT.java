package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A renewal that ends while a pod is down for its restart: without its manifest the kubelet would
 * not start it again. The pod is openssl with the old certificate, and no kubelet stops it.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CertsInterruptedIT {
  private static final long LIMIT_SECONDS = 60;

  @TempDir private Path temp;
  private CertsNode node;
  private Process server;
  private Path manifest;

  @BeforeEach
  void a_pod_that_keeps_the_old_certificate() throws Exception {
    var openssl = Files.isExecutable(Path.of("/usr/bin/openssl"));
    if (!"true".equals(System.getenv("CI"))) {
      Assumptions.assumeTrue(openssl, "no openssl");
    }
    node = CertsNode.create(temp, Instant.now().minus(Duration.ofDays(100)));
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    server =
        new ProcessBuilder(
                "openssl",
                "s_server",
                "-accept",
                "127.0.0.1:" + port,
                "-www",
                "-quiet",
                "-cert",
                node.pki("apiserver.crt").toString(),
                "-key",
                node.pki("apiserver.key").toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    await("it listens", () -> listens(port));
    manifest = Files.createDirectories(temp.resolve("manifests")).resolve("kube-apiserver.yaml");
    Files.writeString(
        manifest,
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: kube-apiserver, namespace: kube-system}
        spec:
          containers:
          - name: kube-apiserver
            command: [kube-apiserver, --secure-port=%d, --bind-address=127.0.0.1, --tls-cert-file=%s]
        """
            .formatted(port, node.pki("apiserver.crt")));
  }

  @AfterEach
  void stop() {
    server.destroyForcibly();
  }

  private static boolean listens(int port) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      Thread.sleep(20);
    }
  }

  /** The command, at the moment at which the manifest is away. */
  private Process whileThePodIsDown() throws Exception {
    var renewal =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "@" + Path.of("../dev/jvm-options").toAbsolutePath().normalize(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.ballast.cli.Main",
                "certs",
                "renew",
                "apiserver",
                "--offline",
                "--key-algorithm=ECDSA-P256",
                "--restart=manifests",
                "--cert-dir=" + node.layout().certificatesDir(),
                "--kubeconfig-dir=" + node.layout().kubeconfigDir())
            .redirectErrorStream(true)
            .redirectOutput(temp.resolve("renewal.log").toFile())
            .start();
    await("the manifest is away", () -> Files.notExists(manifest));
    return renewal;
  }

  private void end(Process renewal) throws Exception {
    assertThat(renewal.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void an_interrupt_puts_the_manifest_back_before_the_command_ends() throws Exception {
    var text = Files.readString(manifest);
    var renewal = whileThePodIsDown();

    renewal.destroy();
    end(renewal);

    assertThat(manifest).hasContent(text);
  }

  @Test
  void after_a_kill_whatever_certs_command_comes_next_puts_it_back() throws Exception {
    var text = Files.readString(manifest);
    var renewal = whileThePodIsDown();

    renewal.destroyForcibly();
    end(renewal);
    assertThat(manifest).doesNotExist();
    assertThat(node.certs("check-expiration")).as(node.err()).isZero();

    assertThat(node.err()).contains("an earlier restart was cut short; put back ");
    assertThat(manifest).hasContent(text);
    assertThat(node.certs("check-expiration")).isZero();
    assertThat(node.err()).isEmpty();
  }

  @Test
  void another_command_leaves_the_manifest_of_a_restart_under_way_alone() throws Exception {
    var renewal = whileThePodIsDown();

    assertThat(node.certs("check-expiration")).isZero();

    assertThat(manifest).doesNotExist();
    renewal.destroy();
    end(renewal);
    assertThat(manifest).exists();
  }
}
