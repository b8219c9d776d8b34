package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.api.KubeApi;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The cluster that a command asks. */
final class ClusterAccess {
  private static final Duration ASK = Duration.ofSeconds(10);

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      defaultValue = "/etc/kubernetes/admin.conf",
      description = "The kubeconfig of an administrator (default: ${DEFAULT-VALUE}).")
  private Path file = Path.of("/etc/kubernetes/admin.conf");

  Kubeconfig kubeconfig() {
    return Kubeconfig.read(file);
  }

  KubeApi api() {
    return KubeApi.of(kubeconfig(), ASK);
  }
}
