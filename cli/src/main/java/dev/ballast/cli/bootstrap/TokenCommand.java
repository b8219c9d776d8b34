package dev.ballast.cli.bootstrap;

import dev.ballast.cli.CommandTree;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ballast token}. */
@Command(
    name = "token",
    exitCodeOnInvalidInput = 1,
    synopsisSubcommandLabel = "COMMAND",
    description = "Creates, lists and deletes the tokens that machines join with.")
public final class TokenCommand implements Runnable, CommandTree.Group {
  @Spec private CommandSpec spec;

  @Override
  public List<Class<?>> commands() {
    return List.of(
        TokenCreateCommand.class,
        TokenListCommand.class,
        TokenDeleteCommand.class,
        TokenGenerateCommand.class);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
