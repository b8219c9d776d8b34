package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.preflight.Images;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast config images}. */
@Command(
    name = "images",
    exitCodeOnInvalidInput = 1,
    description = "Lists or pulls the images of a control plane.")
final class ConfigImagesCommand implements Callable<Integer> {
  /** What to do with them. */
  enum Action {
    LIST,
    PULL
  }

  @Spec private CommandSpec spec;
  @Mixin private ClusterOptions cluster = new ClusterOptions();

  @Parameters(paramLabel = "list|pull", description = "What to do.")
  private Action action = Action.LIST;

  @Override
  public Integer call() {
    var out = spec.commandLine().getOut();
    var images =
        cluster
            .settings(spec.commandLine().getErr()::println, NodeSources.defaults(), "none")
            .images();
    switch (action) {
      case LIST -> images.forEach(out::println);
      case PULL -> {
        for (String image : images) {
          var answer = Images.pull(image);
          if (!answer.succeeded()) {
            throw new BootstrapFailure(
                "cannot pull " + image + ": " + answer.output().strip(),
                "choose a repository that this machine reaches with --image-repository");
          }
          out.println("[config/images] Pulled " + image);
        }
      }
    }
    return 0;
  }
}
