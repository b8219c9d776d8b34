package dev.ballast.cli.mesh;

import dev.ballast.cli.role.Serving;
import dev.ballast.roles.Role;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import picocli.CommandLine.Option;

/** Runs a role of the mesh. */
final class MeshServing extends Serving {
  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Their port; 0 for a free one (default: 15014).")
  private Optional<Integer> port = Optional.empty();

  int run(Role role, int defaultPort, ThreadFactory threads) throws Exception {
    return serve(role, port.orElse(defaultPort), threads);
  }
}
