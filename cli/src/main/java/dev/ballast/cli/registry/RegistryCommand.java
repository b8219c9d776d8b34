package dev.ballast.cli.registry;

import dev.ballast.cli.CommandTree;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ballast registry}: images where they are kept. */
@Command(
    name = "registry",
    synopsisSubcommandLabel = "COMMAND",
    description = "Serves images from a directory, and copies them between registries.")
public final class RegistryCommand implements Runnable, CommandTree.Group {
  @Spec private CommandSpec spec;

  @Override
  public List<Class<?>> commands() {
    return List.of(
        ServeCommand.class,
        GcCommand.class,
        LsCommand.class,
        CopyCommand.class,
        InspectCommand.class);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
