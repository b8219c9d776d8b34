package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.machine.KubeletUnit;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How this machine is handled. */
final class MachineSettings {
  @Option(
      names = "--ignore-preflight-errors",
      split = ",",
      paramLabel = "CHECK",
      description = "Checks whose errors are warnings; 'all' means every one.")
  private List<String> ignored = List.of();

  @Option(
      names = "--skip-phases",
      split = ",",
      paramLabel = "PHASE",
      description = "Phases to leave out, as addon/coredns.")
  private List<String> skipped = List.of();

  @Option(
      names = "--kubelet-start-command",
      split = " ",
      paramLabel = "COMMAND",
      description = "What (re)starts the kubelet where there is no systemd.")
  private List<String> startCommand = List.of();

  @Option(
      names = "--kubelet-stop-command",
      split = " ",
      paramLabel = "COMMAND",
      description = "What stops it there.")
  private List<String> stopCommand = List.of();

  @Option(
      names = "--kubelet-log",
      paramLabel = "FILE",
      description =
          "The kubelet's log where there is no journal; causes of failures are read in it.")
  private @Nullable Path kubeletLog;

  Set<String> ignored() {
    return new HashSet<>(ignored);
  }

  Set<String> skipped() {
    return new HashSet<>(skipped);
  }

  KubeletUnit kubelet() {
    return new KubeletUnit(startCommand, stopCommand);
  }

  Optional<Path> kubeletLog() {
    return Optional.ofNullable(kubeletLog);
  }
}
