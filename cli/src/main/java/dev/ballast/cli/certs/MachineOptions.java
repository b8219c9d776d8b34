package dev.ballast.cli.certs;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.live.Listeners;
import dev.ballast.certificates.live.LivePorts;
import dev.ballast.certificates.live.Probe;
import dev.ballast.certificates.report.NodeFiles;
import dev.ballast.certificates.rollout.KubeletService;
import dev.ballast.certificates.rollout.Machine;
import dev.ballast.certificates.staticpods.Crictl;
import dev.ballast.certificates.staticpods.HealthCheck;
import dev.ballast.certificates.staticpods.ManifestDance;
import dev.ballast.certificates.staticpods.ManifestsAside;
import dev.ballast.certificates.staticpods.Patience;
import dev.ballast.certificates.staticpods.Restarter;
import dev.ballast.certificates.staticpods.RuntimeCalls;
import dev.ballast.certificates.staticpods.StaticPods;
import dev.ballast.cli.Threads;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.PkiFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How what runs on the node is restarted and asked for health. */
final class MachineOptions {
  /** A port that answers, answers within this on the same machine. */
  private static final Duration PROBE = Duration.ofSeconds(3);

  /** The kubelet's look at its directory, and the grace period of a pod. */
  private static final Duration STOP = Duration.ofSeconds(90);

  enum Way {
    AUTO,
    CRICTL,
    MANIFESTS,
    NONE
  }

  @Option(
      names = "--restart",
      paramLabel = "WAY",
      description =
          "How static pods that still use an old certificate are restarted: crictl, manifests"
              + " (moved away and back), auto (crictl where it is there) or none"
              + " (default: auto; with renew: none, as kubeadm).")
  private @Nullable Way way;

  @Option(
      names = "--runtime-endpoint",
      paramLabel = "URL",
      description = "The container runtime, for crictl (default: what /etc/crictl.yaml says).")
  private @Nullable String runtimeEndpoint;

  @Option(
      names = "--health-timeout",
      paramLabel = "TIME",
      defaultValue = "4m",
      converter = TimeConverter.class,
      description = "How long a restarted pod may take to be well (default: ${DEFAULT-VALUE}).")
  private Duration healthTimeout = Duration.ofMinutes(4);

  Duration healthTimeout() {
    return healthTimeout;
  }

  boolean restarts() {
    return way != Way.NONE;
  }

  /** Whether a restart was asked for on the command line, not only by default. */
  boolean restartsOnDemand() {
    return way != null && restarts();
  }

  static LivePorts ports() {
    return new LivePorts(
        new Probe(Threads.TASKS, PROBE), Listeners.ofThisMachine(), MachineOptions::first);
  }

  private static Optional<X509Certificate> first(Path file) {
    try {
      return Files.exists(file)
          ? Optional.of(Certificates.read(file).getFirst())
          : Optional.empty();
    } catch (PkiFailure e) {
      // The report names a file that cannot be read; here there is nothing to compare with.
      return Optional.empty();
    }
  }

  Machine machine(NodeFiles files, ManifestsAside aside) {
    var patience = Patience.ofThisMachine();
    var pods =
        new StaticPods(
            restarter(aside, patience),
            Listeners.ofThisMachine(),
            new HealthCheck(PROBE),
            patience,
            healthTimeout);
    return new Machine(files, ports(), pods, KubeletService.systemd(STOP), patience);
  }

  private Restarter restarter(ManifestsAside aside, Patience patience) {
    var crictl = Crictl.find(System.getenv().getOrDefault("PATH", ""));
    var runtime = Optional.ofNullable(runtimeEndpoint);
    return switch (way == null ? Way.AUTO : way) {
      case AUTO ->
          crictl
              .<Restarter>map(
                  found -> new RuntimeCalls(new Crictl(found, runtime, STOP), patience, STOP))
              .orElseGet(() -> new ManifestDance(aside, patience, STOP));
      case CRICTL ->
          new RuntimeCalls(
              new Crictl(
                  crictl.orElseThrow(() ->
                      new CertificatesFailure(
                          "crictl is not on the PATH",
                          "install cri-tools, or use --restart manifests")),
                  runtime,
                  STOP),
              patience,
              STOP);
      case MANIFESTS, NONE -> new ManifestDance(aside, patience, STOP);
    };
  }
}
