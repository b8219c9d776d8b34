package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.init.InitPhases;
import dev.ballast.cli.CommandTree;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ballast init}. */
@Command(
    name = "init",
    exitCodeOnInvalidInput = 1,
    description =
        "Makes this machine the first control-plane node of a cluster, as kubeadm init does.",
    footer = {
      "",
      "A run that was interrupted is gone on with by the same command.",
      "One phase alone: ballast init phase NAME; the names: ballast init phase --help"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the node is up", "1:failure; or the command line was not understood"})
public final class InitCommand implements Callable<Integer>, CommandTree.Group {
  @Spec private CommandSpec spec;
  @Mixin private InitOptions options = new InitOptions();

  @Override
  public List<Class<?>> commands() {
    return List.of(InitPhaseCommand.class);
  }

  @Override
  public Integer call() {
    InitPhases.ALL.run(options.run(spec), options.machine.skipped());
    return 0;
  }
}
