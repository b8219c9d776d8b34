package dev.ballast.cli.lb;

import dev.ballast.cli.Threads;
import dev.ballast.cli.role.ObjectsOption;
import dev.ballast.loadbalancer.config.Configuration;
import dev.ballast.loadbalancer.config.ConfigurationProblem;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Problem;
import dev.ballast.objects.Snapshot;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ballast lb check}. */
@Command(
    name = "check",
    description = "Says what is wrong with pools and advertisements, with file, line and field.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:nothing is wrong", "1:something is"})
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ObjectsOption objects;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (ObjectStore home = objects.open(LoadBalancerKinds.SCHEME, Threads.TASKS)) {
      Snapshot snapshot = objects.read(home);
      Configuration configuration = Configuration.read(snapshot);
      boolean wrong = !configuration.problems().isEmpty();
      for (Problem problem : snapshot.problems()) {
        wrong |= problem.severity() == Problem.Severity.ERROR;
        out.println((problem.severity() == Problem.Severity.ERROR ? "" : "warning: ") + problem);
      }
      for (ConfigurationProblem problem : configuration.problems()) {
        out.println(problem);
      }
      if (!wrong) {
        out.printf(
            "valid: %d IPAddressPool, %d L2Advertisement%n",
            configuration.pools().size(), configuration.advertisements().size());
      }
      out.flush();
      return wrong ? 1 : 0;
    }
  }
}
