package dev.ballast.cli.lb;

import dev.ballast.cli.role.Serving;
import dev.ballast.roles.Role;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import picocli.CommandLine.Option;

/** Runs a role of the load balancer. */
final class LoadBalancerServing extends Serving {
  @Option(
      names = "--port",
      paramLabel = "PORT",
      description =
          "Their port; 0 for a free one (default: 9120 for the controller, 7472 for a speaker).")
  private Optional<Integer> port = Optional.empty();

  int run(Role role, int defaultPort, ThreadFactory threads) throws Exception {
    return serve(role, port.orElse(defaultPort), threads);
  }
}
