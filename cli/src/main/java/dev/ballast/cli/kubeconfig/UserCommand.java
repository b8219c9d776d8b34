package dev.ballast.cli.kubeconfig;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.ConfigurationSource;
import dev.ballast.certificates.config.GoDuration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.config.NodeDefaults;
import dev.ballast.certificates.users.UserKubeconfig;
import dev.ballast.cli.certs.PlaceOptions;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kubeconfig user}. */
@Command(
    name = "user",
    exitCodeOnInvalidInput = 1,
    description = "Prints a kubeconfig for a user, signed by the cluster's CA or with a token.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:printed", "1:failure; or the command line was not understood"})
final class UserCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PlaceOptions place;

  @Option(
      names = "--client-name",
      required = true,
      paramLabel = "NAME",
      description = "The name of the user: the CN of its certificate.")
  private String clientName = "";

  @Option(
      names = "--org",
      split = ",",
      paramLabel = "GROUP",
      description = "A group of the user: an O of its certificate. May be given more than once.")
  private List<String> organizations = List.of();

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "Authenticate with this token and no certificate.")
  private @Nullable String token;

  @Option(
      names = "--validity-period",
      paramLabel = "DURATION",
      defaultValue = "8760h",
      description = "How long the certificate is valid (default: ${DEFAULT-VALUE}).")
  private String validity = "8760h";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A kubeadm configuration file; without one the server is the one of admin.conf, or this node.")
  private @Nullable Path config;

  @Override
  public Integer call() {
    if (clientName.isBlank()) {
      throw new CertificatesFailure(
          "--client-name is empty: must specify a CommonName", "name the user");
    }
    Duration period =
        GoDuration.parse(validity)
            .filter(Duration::isPositive)
            .orElseThrow(() ->
                new CertificatesFailure(
                    "--validity-period '" + validity + "' is not a duration above zero",
                    "write it as 8760h"));
    if (period.compareTo(ClusterConfiguration.DEFAULT_VALIDITY) > 0) {
      spec.commandLine()
          .getErr()
          .println(
              "warning: the specified certificate validity period "
                  + validity
                  + " is longer than the default duration 8760h0m0s, this may increase security"
                  + " risks");
    }
    NodeDefaults node = NodeDefaults.read();
    ConfigurationSource source =
        config == null
            ? ConfigurationSource.defaults(node)
            : ConfigurationSource.file(place.under(config), node);
    source.warnings().forEach(w -> spec.commandLine().getErr().println("warning: " + w));
    InitConfiguration configuration = source.configuration();
    Layout layout = place.layout(configuration.cluster());
    UserKubeconfig user = user(configuration, layout);
    String text =
        token == null
            ? user.withCertificate(
                organizations,
                configuration.cluster().keyAlgorithm(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                period,
                layout,
                new SecureRandom())
            : user.withToken(token, layout);
    // kubeadm ends with an empty line.
    spec.commandLine().getOut().print(text + "\n");
    spec.commandLine().getOut().flush();
    return 0;
  }

  private UserKubeconfig user(InitConfiguration configuration, Layout layout) {
    Path admin = layout.kubeconfig(KubeconfigFile.ADMIN);
    if (config == null && Files.isReadable(admin)) {
      Kubeconfig known = Kubeconfig.read(admin);
      return new UserKubeconfig(
          known.clusterName(), known.server().orElse(configuration.server()), clientName);
    }
    return new UserKubeconfig(
        configuration.cluster().clusterName(), configuration.server(), clientName);
  }
}
