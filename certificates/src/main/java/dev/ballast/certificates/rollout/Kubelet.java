package dev.ballast.certificates.rollout;

import dev.ballast.certificates.change.Backup;
import dev.ballast.certificates.report.NodeFiles;
import dev.ballast.certificates.staticpods.HealthEndpoint;
import dev.ballast.certificates.staticpods.StaticPodFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The kubelet of a machine. Who it is and whom it trusts it reads from its files when it starts; a
 * change of them that it is not told of ends, months later, in a node that is not ready.
 */
final class Kubelet {
  /** Its own health endpoint where nobody configured another. */
  private static final HealthEndpoint HEALTH =
      new HealthEndpoint(false, "127.0.0.1", 10248, "/healthz");

  /** It asks the runtime for all its pods before it says that it is well. */
  private static final Duration START = Duration.ofMinutes(1);

  private final Machine machine;
  private final Consumer<String> narration;
  private final boolean wellBefore;
  private boolean restarted;
  private Optional<String> left = Optional.empty();

  Kubelet(Machine machine, Consumer<String> narration) {
    this.machine = machine;
    this.narration = narration;
    this.wellBefore = isWell();
  }

  /** Whether a change replaced what the kubelet has read. */
  static boolean isConcerned(Backup backup, NodeFiles files) {
    var kubeconfig = real(files.kubeletConf());
    var pki = real(files.kubeletPki());
    return backup.entries().stream()
        .map(Backup.Entry::path)
        .anyMatch(path -> path.equals(kubeconfig) || path.startsWith(pki));
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }

  /** Restarts it, or notes that a person has to. */
  void restart() {
    var problem = machine.kubelet().restart();
    if (problem.isEmpty()) {
      restarted = true;
      narration.accept("kubelet restarted");
      return;
    }
    left = Optional.of(machine.kubelet().command());
    narration.accept(
        "kubelet not restarted: " + problem.get() + "; run " + machine.kubelet().command());
  }

  /**
   * Waits until it is as well as it was before.
   *
   * @throws StaticPodFailure when it was well, was restarted, and is not well any more
   */
  void requireWell() {
    if (restarted && wellBefore && !machine.patience().until(START, this::isWell)) {
      throw new StaticPodFailure(
          "the kubelet is not well after its restart: "
              + machine.restarts().complaint(HEALTH).orElse("just now"),
          "see journalctl -u kubelet");
    }
  }

  private boolean isWell() {
    return machine.restarts().complaint(HEALTH).isEmpty();
  }

  boolean wasRestarted() {
    return restarted;
  }

  /** The command that is left to a person. */
  Optional<String> left() {
    return left;
  }
}
