package dev.ballast.cli.lb;

import dev.ballast.loadbalancer.resource.Rights;
import dev.ballast.objects.Manifests;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ballast lb manifests}. */
@Command(
    name = "manifests",
    description = {
      "Prints what a cluster needs before the roles run on its API: the namespace, the"
          + " CustomResourceDefinitions, and an account with the rights of each role.",
      "Apply it: ballast lb manifests | kubectl apply -f -"
    })
final class ManifestsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(Manifests.yaml(Rights.manifests()));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
