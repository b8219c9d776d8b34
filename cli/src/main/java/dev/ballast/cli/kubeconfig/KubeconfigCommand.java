package dev.ballast.cli.kubeconfig;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ballast kubeconfig}. */
@Command(
    name = "kubeconfig",
    exitCodeOnInvalidInput = 1,
    synopsisSubcommandLabel = "COMMAND",
    description = "Makes kubeconfig files.",
    subcommands = {UserCommand.class})
public final class KubeconfigCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
