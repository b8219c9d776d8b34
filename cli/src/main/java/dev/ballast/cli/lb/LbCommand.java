package dev.ballast.cli.lb;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ballast lb}: what MetalLB does, and why it does it. */
@Command(
    name = "lb",
    synopsisSubcommandLabel = "COMMAND",
    description = "Gives services of type LoadBalancer addresses, and answers for them.",
    subcommands = {
      ControllerCommand.class,
      SpeakerCommand.class,
      ExplainCommand.class,
      CheckCommand.class,
      ManifestsCommand.class
    })
public final class LbCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
