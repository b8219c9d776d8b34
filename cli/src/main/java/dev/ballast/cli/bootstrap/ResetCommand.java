package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.machine.NodeFiles;
import dev.ballast.bootstrap.reset.ResetPhases;
import dev.ballast.bootstrap.reset.ResetRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ballast reset}. */
@Command(
    name = "reset",
    exitCodeOnInvalidInput = 1,
    description = "Undoes what init or join did to this machine, and says what it leaves.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failure, or not confirmed"})
public final class ResetCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private MachineSettings machine = new MachineSettings();

  @Option(
      names = {"-f", "--force"},
      description = "Do not ask.")
  private boolean force;

  @Option(names = "--dry-run", description = "Only say what would be done.")
  private boolean dry;

  @Option(
      names = "--cert-dir",
      paramLabel = "DIR",
      defaultValue = "/etc/kubernetes/pki",
      description = "Where the certificates are (default: ${DEFAULT-VALUE}).")
  private Path certificatesDir = Path.of("/etc/kubernetes/pki");

  @Option(
      names = "--etcd-data-dir",
      paramLabel = "DIR",
      defaultValue = "/var/lib/etcd",
      description = "Where the data of a local etcd is (default: ${DEFAULT-VALUE}).")
  private Path etcdData = Path.of("/var/lib/etcd");

  @Override
  public Integer call() throws IOException {
    var out = spec.commandLine().getOut();
    if (!force && !dry) {
      out.print(
          "[reset] WARNING: this removes the node's certificates, configuration and etcd data."
              + " Are you sure? [y/N]: ");
      out.flush();
      int answer = System.in.read();
      if (answer != 'y' && answer != 'Y') {
        throw new BootstrapFailure(
            "not confirmed; nothing was changed", "answer y, or give --force");
      }
      System.in.skip(System.in.available());
    }
    Path pki = certificatesDir.toAbsolutePath().normalize();
    for (Path directory : new Path[] {pki, etcdData.toAbsolutePath().normalize()}) {
      if (directory.getNameCount() < 2) {
        throw new BootstrapFailure(
            "will not empty " + directory, "name the directory that belongs to the cluster alone");
      }
    }
    ResetPhases.ALL.run(
        new ResetRun(
            NodeFiles.of(Path.of("/"), pki.toString()),
            etcdData.toAbsolutePath().normalize(),
            dry,
            machine.kubelet(),
            out::println),
        machine.skipped());
    return 0;
  }
}
