package dev.ballast.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code ballast help}. Picocli's own wants to see every command; only the named ones are built.
 */
@Command(name = "help", description = "Prints the help of a command.")
final class HelpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "COMMAND", description = "The command's words (default: none).")
  private List<String> words = List.of();

  @Override
  public Integer call() {
    List<String> asked = new ArrayList<>(words);
    asked.add("--help");
    String[] arguments = asked.toArray(String[]::new);
    CommandLine line = Ballast.commandLine(arguments);
    line.setOut(spec.commandLine().getOut());
    line.setErr(spec.commandLine().getErr());
    return line.execute(arguments);
  }
}
