package dev.ballast.cli.bootstrap;

import dev.ballast.cli.CommandTree;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ballast config}. */
@Command(
    name = "config",
    exitCodeOnInvalidInput = 1,
    synopsisSubcommandLabel = "COMMAND",
    description = "Prints, checks and converts kubeadm's configuration files.")
public final class ConfigCommand implements Runnable, CommandTree.Group {
  @Spec private CommandSpec spec;

  @Override
  public List<Class<?>> commands() {
    return List.of(
        ConfigPrintCommand.class,
        ConfigValidateCommand.class,
        ConfigMigrateCommand.class,
        ConfigImagesCommand.class);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
