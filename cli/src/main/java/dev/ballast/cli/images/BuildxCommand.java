package dev.ballast.cli.images;

import dev.ballast.cli.CommandTree;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ballast buildx}. */
@Command(name = "buildx", description = "Builds images for many platforms, as docker buildx.")
public final class BuildxCommand implements Runnable, CommandTree.Group {
  @Spec private CommandSpec spec;

  @Override
  public List<Class<?>> commands() {
    return List.of(BuildCommand.class);
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
