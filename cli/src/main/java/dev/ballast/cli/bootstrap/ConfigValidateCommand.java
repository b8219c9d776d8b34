package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.config.ConfigurationFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ballast config validate}. */
@Command(
    name = "validate",
    exitCodeOnInvalidInput = 1,
    description =
        "Checks a file; unknown fields, wrong types and old versions are errors with line and column.")
final class ConfigValidateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--config", required = true, paramLabel = "FILE", description = "The file.")
  private Path file = Path.of("");

  @Override
  public Integer call() {
    ConfigurationFile read = ConfigurationFile.read(file);
    read.requireStrict();
    read.warnings().forEach(spec.commandLine().getErr()::println);
    if (!read.has("JoinConfiguration") && !read.has("ResetConfiguration")) {
      NodeSources.defaults()
          .settings(read, NodeSources.version(Optional.empty(), read))
          .validated();
    }
    spec.commandLine().getOut().println("ok");
    return 0;
  }
}
