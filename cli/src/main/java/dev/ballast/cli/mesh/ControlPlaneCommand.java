package dev.ballast.cli.mesh;

import dev.ballast.cli.Threads;
import dev.ballast.cli.role.ObjectsOption;
import dev.ballast.mesh.control.Admission;
import dev.ballast.mesh.control.ControlPlaneRole;
import dev.ballast.mesh.resource.MeshKinds;
import dev.ballast.objects.ObjectStore;
import dev.ballast.xds.XdsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ballast mesh control-plane}. */
@Command(
    name = "control-plane",
    description = {
      "Runs the role mesh-control-plane: reads Istio's objects and serves them to proxies (xDS).",
      "Plaintext is served on loopback only; with keys, proxies authenticate by a client"
          + " certificate with a SPIFFE identity."
    })
final class ControlPlaneCommand implements Callable<Integer> {
  /** Istio's, for its metrics. */
  private static final int PORT = 15_014;

  @Mixin private ObjectsOption objects;
  @Mixin private MeshServing serving;

  @Option(
      names = "--grpc-addr",
      paramLabel = "ADDRESS:PORT",
      defaultValue = "127.0.0.1:15010",
      description =
          "Where xDS is served without TLS; a loopback address (default: ${DEFAULT-VALUE}).")
  private String plaintext = "127.0.0.1:15010";

  @Option(
      names = "--secure-grpc-addr",
      paramLabel = "ADDRESS:PORT",
      description = "Where xDS is served with TLS (default: nowhere).")
  private Optional<String> secure = Optional.empty();

  @Option(
      names = "--tls-cert-file",
      paramLabel = "FILE",
      description = "The certificate chain of the server.")
  private Optional<Path> certificate = Optional.empty();

  @Option(names = "--tls-key-file", paramLabel = "FILE", description = "Its key.")
  private Optional<Path> key = Optional.empty();

  @Option(
      names = "--ca-cert-file",
      paramLabel = "FILE",
      description = "The CAs of the proxies' certificates.")
  private Optional<Path> clients = Optional.empty();

  @Override
  public Integer call() throws Exception {
    ThreadFactory threads = Threads.TASKS;
    ControlPlaneRole.Options options =
        new ControlPlaneRole.Options(
            plaintext.isEmpty() ? Optional.empty() : Optional.of(address(plaintext)),
            secure.isPresent() ? Optional.of(address(secure.get())) : Optional.empty(),
            keys(),
            Admission.Tokens.NONE);
    try (ObjectStore home = objects.open(MeshKinds.SCHEME, threads)) {
      return serving.run(
          new ControlPlaneRole(home, options, InstantSource.system()), PORT, threads);
    }
  }

  private Optional<XdsServer.Tls> keys() throws IOException {
    if (secure.isEmpty()) {
      return Optional.empty();
    }
    if (certificate.isEmpty() || key.isEmpty() || clients.isEmpty()) {
      throw new IOException(
          "--secure-grpc-addr needs --tls-cert-file, --tls-key-file and --ca-cert-file");
    }
    return Optional.of(new XdsServer.Tls(certificate.get(), key.get(), clients.get()));
  }

  static InetSocketAddress address(String text) throws IOException {
    int colon = text.lastIndexOf(':');
    try {
      return new InetSocketAddress(
          colon <= 0 ? "127.0.0.1" : text.substring(0, colon),
          Integer.parseInt(text.substring(colon + 1)));
    } catch (IllegalArgumentException e) {
      throw new IOException("'" + text + "' is not ADDRESS:PORT", e);
    }
  }
}
