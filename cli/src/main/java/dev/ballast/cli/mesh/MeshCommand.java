package dev.ballast.cli.mesh;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ballast mesh}: what istiod does for sidecars, and why a request goes where it goes. */
@Command(
    name = "mesh",
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Serves Istio's objects to Envoy and gRPC, and explains what becomes of a request.",
    subcommands = {
      ControlPlaneCommand.class,
      BootstrapCommand.class,
      StatusCommand.class,
      ExplainCommand.class
    })
public final class MeshCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
