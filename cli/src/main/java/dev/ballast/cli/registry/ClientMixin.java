package dev.ballast.cli.registry;

import dev.ballast.oci.client.ClientOptions;
import dev.ballast.oci.client.Credentials;
import dev.ballast.oci.client.DockerConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What both ends of a copy share. */
final class ClientMixin {
  @Option(
      names = "--authfile",
      paramLabel = "FILE",
      description = "Credentials, as docker login writes them (default: where it does).")
  private Optional<Path> authfile = Optional.empty();

  @Option(
      names = "--ca-cert",
      paramLabel = "FILE",
      description = "Trust these certificate authorities too; may be repeated.")
  private List<Path> authorities = List.of();

  @Option(
      names = "--retry-times",
      paramLabel = "COUNT",
      defaultValue = "4",
      description = "How often to try again (default: ${DEFAULT-VALUE}).")
  private int retries = 4;

  ClientOptions options(boolean verifiesTls, Optional<String> credentials) {
    Credentials.Source source =
        authfile.isPresent() ? DockerConfig.of(authfile.get()) : DockerConfig.of(System.getenv());
    if (credentials.isPresent()) {
      String text = credentials.get();
      int colon = text.indexOf(':');
      Credentials given =
          new Credentials.Basic(
              colon < 0 ? text : text.substring(0, colon),
              colon < 0 ? "" : text.substring(colon + 1));
      source = _ -> given;
    }
    return ClientOptions.standard()
        .withCredentials(source)
        .withAuthorities(authorities)
        .withVerifiesTls(verifiesTls)
        .withAttempts(Math.max(0, retries) + 1);
  }
}
