package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.cluster.BootstrapToken;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ballast token generate}. */
@Command(
    name = "generate",
    exitCodeOnInvalidInput = 1,
    description = "Prints a new token; no cluster knows it yet.")
final class TokenGenerateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().println(BootstrapToken.generate(new SecureRandom()));
    return 0;
  }
}
