package dev.ballast.cli;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Runs commands that only read, with their output thrown away, so that the launcher's training run
 * sees the classes that short commands load.
 */
@Command(name = "warm-up", hidden = true, description = "Loads what short commands load.")
final class WarmUpCommand implements Callable<Integer> {
  private static final List<List<String>> COMMANDS = List.of(List.of("--help"));

  @Override
  public Integer call() {
    for (List<String> command : COMMANDS) {
      CommandLine cli = Ballast.commandLine();
      PrintWriter nowhere =
          new PrintWriter(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
      cli.setOut(nowhere);
      cli.setErr(nowhere);
      cli.execute(command.toArray(String[]::new));
    }
    return 0;
  }
}
