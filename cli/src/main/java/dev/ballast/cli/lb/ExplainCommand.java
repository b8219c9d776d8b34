package dev.ballast.cli.lb;

import dev.ballast.cli.Threads;
import dev.ballast.cli.role.ObjectsOption;
import dev.ballast.loadbalancer.controller.ControllerRole;
import dev.ballast.loadbalancer.controller.Explanation;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.loadbalancer.speaker.Foresight;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Snapshot;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast lb explain}. */
@Command(
    name = "explain",
    description = {
      "Says why a service has its address or none, and which node would announce it.",
      "Reads the objects and changes nothing. Speakers are taken to be alive on every node."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the service is known", "1:it is not, or the objects cannot be read"})
final class ExplainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ObjectsOption objects;

  @Parameters(paramLabel = "SERVICE", description = "NAMESPACE/NAME, or NAME in default.")
  private String service = "";

  @Option(
      names = "--lb-class",
      paramLabel = "CLASS",
      defaultValue = "",
      description = "Only services of this loadBalancerClass (default: those without one).")
  private String loadBalancerClass = "";

  @Option(
      names = "--ignore-exclude-lb",
      description = "Announce from nodes that are labelled exclude-from-external-load-balancers.")
  private boolean ignoreExcludeLabel;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (ObjectStore home = objects.open(LoadBalancerKinds.SCHEME, Threads.TASKS)) {
      Snapshot snapshot = objects.read(home);
      var decided = ControllerRole.decide(snapshot, loadBalancerClass, service);
      if (decided.isEmpty()) {
        spec.commandLine()
            .getErr()
            .println("error: there is no service %s; name it NAMESPACE/NAME".formatted(service));
        return 1;
      }
      out.print(Explanation.of(decided.get()));
      out.print(Foresight.of(snapshot, decided.get(), loadBalancerClass, ignoreExcludeLabel));
      out.flush();
      return 0;
    }
  }
}
