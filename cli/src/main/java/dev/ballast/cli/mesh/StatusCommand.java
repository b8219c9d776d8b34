package dev.ballast.cli.mesh;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ballast mesh status}. */
@Command(
    name = "status",
    description =
        "Lists the proxies of a control plane: whether they are in sync, what they reject.")
final class StatusCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--admin-socket",
      required = true,
      paramLabel = "PATH",
      description = "The admin socket of the control plane.")
  private Path socket = Path.of("");

  @Override
  public Integer call() throws Exception {
    return Asked.print(spec, socket, "/mesh/status");
  }
}
