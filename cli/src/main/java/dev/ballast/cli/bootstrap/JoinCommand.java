package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.config.ConfigurationFile;
import dev.ballast.bootstrap.config.Defaults;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.join.JoinPhases;
import dev.ballast.bootstrap.join.JoinRun;
import dev.ballast.bootstrap.machine.NodeFiles;
import dev.ballast.bootstrap.preflight.MachineChecks;
import dev.ballast.bootstrap.preflight.Preflight;
import dev.ballast.certificates.config.NodeDefaults;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast join}. */
@Command(
    name = "join",
    exitCodeOnInvalidInput = 1,
    description = "Makes this machine a worker node of a cluster, as kubeadm join does.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:it has joined", "1:failure; or the command line was not understood"})
public final class JoinCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private MachineSettings machine = new MachineSettings();

  @Parameters(arity = "0..1", paramLabel = "HOST:PORT", description = "The API server.")
  private @Nullable String endpoint;

  @Option(names = "--config", paramLabel = "FILE", description = "A kubeadm configuration file.")
  private @Nullable Path config;

  @Option(names = "--strict", description = "Refuse fields that are not known.")
  private boolean strict;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "For discovery and for the first certificate.")
  private @Nullable String token;

  @Option(names = "--discovery-token", paramLabel = "TOKEN", description = "For discovery.")
  private @Nullable String discoveryToken;

  @Option(
      names = "--tls-bootstrap-token",
      paramLabel = "TOKEN",
      description = "For the first certificate.")
  private @Nullable String tlsToken;

  @Option(
      names = "--discovery-token-ca-cert-hash",
      split = ",",
      paramLabel = "sha256:HEX",
      description = "The pin of the cluster's CA.")
  private List<String> pins = List.of();

  @Option(
      names = "--discovery-token-unsafe-skip-ca-verification",
      description = "Join without a pin.")
  private boolean unpinned;

  @Option(
      names = "--discovery-file",
      paramLabel = "FILE",
      description = "A kubeconfig that says where the cluster is.")
  private @Nullable String file;

  @Option(
      names = "--node-name",
      paramLabel = "NAME",
      description = "The name of this node (default: the host's).")
  private @Nullable String nodeName;

  @Option(
      names = "--cri-socket",
      paramLabel = "SOCKET",
      description = "The socket of the container runtime.")
  private @Nullable String criSocket;

  @Option(
      names = "--control-plane",
      description = "Join as a further control-plane node; this release has only workers.")
  private boolean controlPlane;

  @Option(
      names = "--cni",
      paramLabel = "bridge|none",
      defaultValue = "none",
      description = "The network of pods on this node (default: ${DEFAULT-VALUE}).")
  private String cni = "none";

  @Option(
      names = "--dry-run",
      arity = "0..1",
      fallbackValue = "",
      paramLabel = "DIR",
      description = "Change nothing; write all files into a directory.")
  private @Nullable String dryRun;

  @Override
  public Integer call() {
    var out = spec.commandLine().getOut();
    var err = spec.commandLine().getErr();
    ConfigurationFile given =
        config == null ? ConfigurationFile.NONE : ConfigurationFile.read(config);
    if (strict) {
      given.requireStrict();
    }
    given.warnings().forEach(warning -> err.println("warning: " + warning));
    Map<String, Object> document = withOptions(given);
    if (controlPlane || Data.at(document, "controlPlane").isPresent()) {
      throw new BootstrapFailure(
          "a further control-plane node cannot be joined by this release",
          "join it as a worker, or use kubeadm join --control-plane, which this cluster takes");
    }
    if (!cni.equals("bridge") && !cni.equals("none")) {
      throw new BootstrapFailure(
          "--cni " + cni + " is neither bridge nor none", "a manifest is applied once, by init");
    }
    Defaults defaults = NodeSources.defaults();
    var documents = new LinkedHashMap<>(given.documents());
    documents.put("JoinConfiguration", document);
    Map<String, Object> join =
        defaults.join(new ConfigurationFile(given.source(), documents, List.of(), given.oldApi()));
    NodeFiles files =
        dryRun == null
            ? NodeFiles.of(Path.of("/"), "/etc/kubernetes/pki")
            : NodeFiles.dry(InitOptions.dryDirectory(dryRun));
    JoinPhases.ALL.run(
        new JoinRun(
            join,
            files,
            dryRun != null,
            cni,
            machine.kubelet(),
            machine.kubeletLog(),
            NodeDefaults.read().nodeName(),
            new Preflight(
                MachineChecks.ofJoin(
                    Data.mapAt(join, "nodeRegistration"), Path.of(Data.text(join, "caCertPath"))),
                machine.ignored(),
                err::println),
            out::println,
            new AtomicReference<>()),
        machine.skipped());
    return 0;
  }

  private Map<String, Object> withOptions(ConfigurationFile given) {
    Map<String, Object> join = given.document("JoinConfiguration");
    if (file != null) {
      Data.put(join, file, "discovery", "file", "kubeConfigPath");
    } else if (endpoint != null) {
      Data.put(join, endpoint, "discovery", "bootstrapToken", "apiServerEndpoint");
      String used = discoveryToken == null ? token : discoveryToken;
      if (used != null) {
        Data.put(join, used, "discovery", "bootstrapToken", "token");
      }
      if (!pins.isEmpty()) {
        Data.put(join, new ArrayList<Object>(pins), "discovery", "bootstrapToken", "caCertHashes");
      }
      if (unpinned) {
        Data.put(join, true, "discovery", "bootstrapToken", "unsafeSkipCAVerification");
      }
    }
    String bootstrap = tlsToken == null ? token : tlsToken;
    if (bootstrap != null) {
      Data.put(join, bootstrap, "discovery", "tlsBootstrapToken");
    }
    if (nodeName != null) {
      Data.put(join, nodeName, "nodeRegistration", "name");
    }
    if (criSocket != null) {
      Data.put(join, criSocket, "nodeRegistration", "criSocket");
    }
    return join;
  }
}
