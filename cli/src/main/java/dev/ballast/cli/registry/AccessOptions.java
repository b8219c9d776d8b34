package dev.ballast.cli.registry;

import dev.ballast.oci.registry.Access;
import dev.ballast.oci.registry.Htpasswd;
import dev.ballast.oci.registry.TokenAccess;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.PrivateKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Who may do what with a registry. */
final class AccessOptions {
  @Option(
      names = "--htpasswd",
      paramLabel = "FILE",
      description = "Let only these users in: a file that htpasswd -B writes.")
  private Optional<Path> htpasswd = Optional.empty();

  @Option(names = "--anonymous-pull", description = "Let everybody pull, and only users push.")
  private boolean anonymousPull;

  @Option(
      names = "--token",
      description =
          "Give users of --htpasswd bearer tokens, at /token, instead of passwords each time.")
  private boolean token;

  @Option(
      names = "--token-key",
      paramLabel = "FILE",
      description = "Sign tokens with this key, so that other registries can trust them.")
  private Optional<Path> tokenKey = Optional.empty();

  @Option(
      names = "--token-cert",
      paramLabel = "FILE",
      description = "The certificate of --token-key, or of the other service that signs tokens.")
  private Optional<Path> tokenCertificate = Optional.empty();

  @Option(
      names = "--token-realm",
      paramLabel = "URL",
      defaultValue = "",
      description = "Where clients get tokens (default: /token of this registry).")
  private String realm = "";

  @Option(
      names = "--token-service",
      paramLabel = "NAME",
      defaultValue = "ballast",
      description = "Whom tokens are for (default: ${DEFAULT-VALUE}).")
  private String service = "";

  @Option(
      names = "--token-issuer",
      paramLabel = "NAME",
      defaultValue = "ballast",
      description = "Who issues tokens (default: ${DEFAULT-VALUE}).")
  private String issuer = "";

  Access access(CommandLine line) throws IOException {
    boolean tokens = token || tokenKey.isPresent() || tokenCertificate.isPresent();
    if (!tokens) {
      if (htpasswd.isEmpty()) {
        if (anonymousPull) {
          throw new ParameterException(line, "--anonymous-pull needs --htpasswd");
        }
        return Access.open();
      }
      return Access.basic(Htpasswd.of(htpasswd.get()), anonymousPull);
    }
    TokenAccess.Options options = new TokenAccess.Options(realm, service, issuer, anonymousPull);
    if (htpasswd.isEmpty()) {
      if (tokenCertificate.isEmpty() || realm.isEmpty()) {
        throw new ParameterException(
            line,
            "tokens need --htpasswd, or the --token-cert and --token-realm of another service");
      }
      return TokenAccess.trusting(
          options, Certificates.read(tokenCertificate.get()), InstantSource.system());
    }
    Htpasswd users = Htpasswd.of(htpasswd.get());
    if (tokenKey.isPresent() != tokenCertificate.isPresent()) {
      throw new ParameterException(
          line, "--token-key and --token-cert go together; one is missing");
    }
    return tokenKey.isEmpty() || tokenCertificate.isEmpty()
        ? TokenAccess.own(options, users, InstantSource.system())
        : TokenAccess.signing(
            options,
            users,
            PrivateKeys.read(tokenKey.get()),
            Certificates.read(tokenCertificate.get()),
            InstantSource.system());
  }
}
