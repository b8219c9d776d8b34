package dev.ballast.cli.certs;

import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.config.ConfigurationSource;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.config.NodeDefaults;
import dev.ballast.certificates.requests.SigningRequests;
import dev.ballast.cli.Threads;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code certs generate-csr}. */
@Command(
    name = "generate-csr",
    exitCodeOnInvalidInput = 1,
    description = {
      "Writes keys and signing requests for all certificates and kubeconfigs of a node, for an"
          + " authority outside.",
      "What exists is not overwritten."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:written", "1:nothing was written; or the command line was not understood"})
final class GenerateCsrCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PlaceOptions place;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A kubeadm configuration file (default: kubeadm's defaults on this node).")
  private @Nullable Path config;

  @Override
  public Integer call() {
    NodeDefaults node = NodeDefaults.read();
    ConfigurationSource source =
        config == null
            ? ConfigurationSource.defaults(node)
            : ConfigurationSource.file(place.under(config), node);
    InitConfiguration configuration = source.configuration();
    Layout layout = place.layout(configuration.cluster());
    var forge =
        new KeyForge(new SecureRandom(), Threads.TASKS, Runtime.getRuntime().availableProcessors());
    Narration.warnings(spec, source);
    PrintWriter out = spec.commandLine().getOut();
    out.print("generating keys and CSRs in " + layout.certificatesDir() + "\n");
    out.flush();
    var requests =
        new SigningRequests(
            configuration,
            layout,
            place.release(),
            forge,
            warning -> spec.commandLine().getErr().println(warning));
    var plan = requests.plan();
    var changes = Changes.in(place.state(), InstantSource.system());
    try (var session = changes.open()) {
      session.apply(plan);
    }
    requests.wanted().stream()
        .filter(Leaf.class::isInstance)
        .forEach(one -> out.print("  " + ((Leaf) one).baseName() + "\n"));
    out.print("generating keys and CSRs in " + layout.kubeconfigDir() + "\n");
    requests.wanted().stream()
        .filter(KubeconfigFile.class::isInstance)
        .forEach(one -> out.print("  " + one.label() + "\n"));
    out.flush();
    return 0;
  }
}
