package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.config.Settings;
import dev.ballast.bootstrap.init.InitRun;
import dev.ballast.bootstrap.machine.NodeFiles;
import dev.ballast.bootstrap.preflight.MachineChecks;
import dev.ballast.bootstrap.preflight.Preflight;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.config.NodeDefaults;
import dev.ballast.cli.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options of {@code init} and of its phases. */
final class InitOptions {
  @Mixin ClusterOptions cluster = new ClusterOptions();
  @Mixin MachineSettings machine = new MachineSettings();

  @Option(
      names = "--dry-run",
      arity = "0..1",
      fallbackValue = "",
      paramLabel = "DIR",
      description = "Change nothing; write all files, and the objects, into a directory.")
  private @Nullable String dryRun;

  @Option(
      names = "--cni",
      paramLabel = "bridge|none|FILE",
      defaultValue = "none",
      description =
          "The network of pods: a bridge on each node, none, or a manifest to apply (default:"
              + " ${DEFAULT-VALUE}, as kubeadm).")
  private String cni = "none";

  @Option(names = "--skip-token-print", description = "Do not print the token.")
  private boolean skipTokenPrint;

  InitRun run(CommandSpec spec) {
    var out = spec.commandLine().getOut();
    var err = spec.commandLine().getErr();
    Settings settings = cluster.settings(err::println, NodeSources.defaults(), cni);
    if (!cni.equals("none") && !cni.equals("bridge") && Files.notExists(Path.of(cni))) {
      throw new BootstrapFailure(
          "--cni " + cni + ": there is no such file",
          "give bridge, none, or the file of a manifest");
    }
    NodeFiles files =
        dryRun == null
            ? NodeFiles.of(Path.of("/"), settings.certificatesDir())
            : NodeFiles.dry(dryDirectory(dryRun));
    if (dryRun != null) {
      err.println("[dryrun] Everything is written to " + files.kubernetes());
    }
    return new InitRun(
        settings,
        files,
        dryRun != null,
        cni,
        machine.kubelet(),
        machine.kubeletLog(),
        NodeDefaults.read().nodeName(),
        new Preflight(
            MachineChecks.ofInit(settings, dryRun == null), machine.ignored(), err::println),
        new KeyForge(new SecureRandom(), Threads.TASKS, Runtime.getRuntime().availableProcessors()),
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        skipTokenPrint,
        out::println,
        List.of());
  }

  static Path dryDirectory(String given) {
    try {
      if (given.isEmpty()) {
        return Files.createTempDirectory("ballast-init-dryrun");
      }
      Path directory = Path.of(given);
      NodeFiles.directory(directory, "rwx------");
      return directory;
    } catch (IOException e) {
      throw new BootstrapFailure(
          "cannot make the directory of the dry run: " + e.getMessage(), "give another", e);
    }
  }
}
