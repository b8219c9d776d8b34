package dev.ballast.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast completion}. */
@Command(
    name = "completion",
    description = {
      "Prints a script that completes ballast's commands and options in a shell.",
      "  bash: source <(ballast completion bash)",
      "  zsh:  source <(ballast completion zsh)",
      "  fish: ballast completion fish | source"
    })
final class CompletionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
  private Shell shell = Shell.bash;

  /** The shells, as they are written on the command line. */
  enum Shell {
    bash,
    zsh,
    fish
  }

  @Override
  public Integer call() {
    CommandLine whole = Ballast.whole();
    spec.commandLine()
        .getOut()
        .print(
            switch (shell) {
              // The script for bash turns on zsh's support for such scripts by itself.
              case bash, zsh -> AutoComplete.bash("ballast", whole);
              case fish -> FishCompletion.of(whole);
            });
    spec.commandLine().getOut().flush();
    return 0;
  }
}
