package dev.ballast.cli.mesh;

import dev.ballast.mesh.control.Bootstraps;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ballast mesh bootstrap}. */
@Command(
    name = "bootstrap",
    description = {
      "Prints the bootstrap of a proxy: Envoy's, or with --grpc that of gRPC's own xDS clients.",
      "Use it: ballast mesh bootstrap --proxy web.app > envoy.json && envoy -c envoy.json"
    })
final class BootstrapCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NodeOptions node;

  @Option(
      names = "--control-plane",
      paramLabel = "ADDRESS:PORT",
      defaultValue = "127.0.0.1:15010",
      description = "Where xDS is served (default: ${DEFAULT-VALUE}).")
  private String controlPlane = "127.0.0.1:15010";

  @Option(names = "--grpc", description = "For gRPC's own xDS clients.")
  private boolean grpc;

  @Option(
      names = "--state-of-the-world",
      description = "Ask for whole sets of resources, not for what changed.")
  private boolean stateOfTheWorld;

  @Option(
      names = "--admin-port",
      paramLabel = "PORT",
      defaultValue = "15000",
      description = "The port of Envoy's admin server on loopback (default: ${DEFAULT-VALUE}).")
  private int adminPort = 15_000;

  @Option(
      names = "--agent-socket",
      paramLabel = "PATH",
      description =
          "The socket of an agent that serves secrets (SDS); without one, keys are files that the"
              + " metadata TLS_CLIENT_CERT_CHAIN, TLS_CLIENT_KEY, TLS_CLIENT_ROOT_CERT and those of"
              + " TLS_SERVER name.")
  private Optional<Path> agent = Optional.empty();

  @Option(
      names = "--ca-cert-file",
      paramLabel = "FILE",
      description = "The CA of the control plane: speak TLS to it.")
  private Optional<Path> root = Optional.empty();

  @Option(
      names = "--cert-file",
      paramLabel = "FILE",
      description = "The certificate chain that the proxy shows to the control plane.")
  private Optional<Path> certificate = Optional.empty();

  @Option(names = "--key-file", paramLabel = "FILE", description = "Its key.")
  private Optional<Path> key = Optional.empty();

  @Override
  public Integer call() throws Exception {
    InetSocketAddress address = ControlPlaneCommand.address(controlPlane);
    String text =
        grpc
            ? Bootstraps.grpc(node.node(), address)
            : Bootstraps.envoy(
                node.node(),
                new Bootstraps.Options(
                    address, adminPort, !stateOfTheWorld, agent, root, certificate, key));
    spec.commandLine().getOut().println(text);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
