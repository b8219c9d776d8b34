package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.config.Settings;
import dev.ballast.bootstrap.data.YamlText;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ballast config print}. */
@Command(
    name = "print",
    exitCodeOnInvalidInput = 1,
    description = "Prints the configuration that init would use, with everything filled in.")
final class ConfigPrintCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ClusterOptions cluster = new ClusterOptions();

  @Override
  public Integer call() {
    Settings settings =
        cluster.settings(spec.commandLine().getErr()::println, NodeSources.defaults(), "none");
    spec.commandLine()
        .getOut()
        .print(
            YamlText.ofAll(
                List.of(
                    settings.init(),
                    settings.cluster(),
                    settings.kubelet(),
                    settings.kubeProxy())));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
