package dev.ballast.cli.certs;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.agent.AgentCycle;
import dev.ballast.certificates.agent.AgentDecision;
import dev.ballast.certificates.agent.CertificatesAgent;
import dev.ballast.certificates.agent.CertificatesAgentRole;
import dev.ballast.certificates.agent.DueDate;
import dev.ballast.certificates.agent.NodeEvents;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.config.ClusterConfigMap;
import dev.ballast.certificates.config.ConfigurationSource;
import dev.ballast.certificates.config.NodeDefaults;
import dev.ballast.certificates.recovery.KnownNode;
import dev.ballast.certificates.recovery.Recovery;
import dev.ballast.certificates.recovery.Reissue;
import dev.ballast.certificates.report.Finding;
import dev.ballast.certificates.report.NodeFiles;
import dev.ballast.certificates.report.NodeSnapshot;
import dev.ballast.certificates.rollout.Outcome;
import dev.ballast.certificates.rollout.Rollout;
import dev.ballast.cli.Threads;
import dev.ballast.pki.AlternativeName;
import dev.ballast.roles.RoleProcess;
import dev.ballast.roles.admin.AdminHandlers;
import dev.ballast.roles.admin.AdminHttp;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code certs agent}. */
@Command(
    name = "agent",
    description = {
      "Renews what is due, by itself: the role certs-agent. Each node has its own moment in the"
          + " first half of the window, so that not all restart in one night.",
      "With --once it looks once and ends, for a timer; without, it stays and serves /metrics,"
          + " /healthz and /readyz."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing was due, or it was renewed",
      "1:a renewal was taken back, or the node could not be looked at",
      "2:the command line was not understood",
      "4:something is broken and left to a person"
    })
final class CertsAgentCommand implements Callable<Integer> {
  private static final int BROKEN = 4;
  private static final Duration EVENT = Duration.ofSeconds(3);
  private static final Duration STOP = Duration.ofMinutes(5);

  @Spec private CommandSpec spec;
  @Mixin private NodeOptions node;
  @Mixin private MachineOptions machine;

  @Option(
      names = "--window",
      paramLabel = "TIME",
      defaultValue = "60d",
      converter = TimeConverter.class,
      description =
          "How long before its end a certificate may be renewed (default: ${DEFAULT-VALUE}).")
  private Duration window = Duration.ofDays(60);

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      defaultValue = "6h",
      converter = TimeConverter.class,
      description = "Between two looks (default: ${DEFAULT-VALUE}).")
  private Duration interval = Duration.ofHours(6);

  @Option(names = "--once", description = "Look once and end.")
  private boolean once;

  @Option(
      names = "--events",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description =
          "Write Events on the Node to the cluster, with the right of kubelet.conf, else of"
              + " admin.conf; --no-events writes none.")
  private boolean events = true;

  @Option(
      names = "--http",
      paramLabel = "ADDRESS:PORT",
      defaultValue = "127.0.0.1:9477",
      description = "Where /metrics, /healthz and /readyz are served (default: ${DEFAULT-VALUE}).")
  private String http = "127.0.0.1:9477";

  @Override
  public Integer call() throws Exception {
    if (once) {
      return ending(agent().look());
    }
    var metrics = new PrometheusRegistry();
    var tasks = Threads.TASKS;
    var role = new CertificatesAgentRole(_ -> agent(), InstantSource.system(), interval);
    try (var process = new RoleProcess(List.of(role), tasks, metrics, new AdminHandlers(), STOP);
        var _ = AdminHttp.open(address(), process::health, metrics, tasks)) {
      process.start();
      // A renewal under way is let to its end.
      Runtime.getRuntime().addShutdownHook(new Thread(process::close, "certs-agent-stop"));
      var crash = process.awaitCrash();
      Narration.problem(spec, "certs-agent ended: " + crash.cause(), "see the log above");
      return 1;
    }
  }

  private int ending(AgentCycle cycle) {
    var code = Outcomes.tell(spec, cycle.outcome().orElseGet(Outcome.Unchanged::new));
    return code == 0 && cycle.report().worst() == Finding.Level.BROKEN ? BROKEN : code;
  }

  private InetSocketAddress address() {
    var colon = http.lastIndexOf(':');
    var host = colon < 0 ? "" : http.substring(0, colon).replaceAll("[\\[\\]]", "");
    var port = http.substring(colon + 1);
    if (!port.matches("\\d{1,5}") || Integer.parseInt(port) > 65535) {
      throw badAddress();
    }
    return new InetSocketAddress(
        AlternativeName.address(host).orElseThrow(this::badAddress), Integer.parseInt(port));
  }

  private CertificatesFailure badAddress() {
    return new CertificatesFailure(
        "--http '" + http + "' is not an address and a port", "write it as 127.0.0.1:9477");
  }

  private CertificatesAgent agent() {
    var files = node.files();
    var changes = node.changes();
    // The role is let to the end of a renewal when it is stopped; one look is not.
    var aside = once ? Leftovers.backAtExit(node.aside()) : node.aside();
    var err = spec.commandLine().getErr();
    return new CertificatesAgent(
        files,
        changes,
        machine.machine(files, aside),
        aside,
        new DueDate(window),
        (snapshot, decision) -> plan(files, snapshot, decision),
        InstantSource.system(),
        line -> err.println("level=info role=certs-agent msg=\"" + line.replace('"', '\'') + "\""),
        events ? new NodeEvents(files, EVENT, Threads.TASKS, InstantSource.system()) : _ -> {},
        Rollout.SETTLE);
  }

  private static Plan plan(NodeFiles files, NodeSnapshot snapshot, AgentDecision decision) {
    // The period of validity is the cluster's, as with renew; the node runs, so it can be asked.
    var asked =
        ConfigurationSource.cluster(
            new ClusterConfigMap(ClusterConfigMap.BUDGET, Threads.TASKS),
            files.layout().kubeconfigDir().resolve("admin.conf"),
            NodeDefaults.read());
    var guessed = asked.configuration();
    var configuration = KnownNode.refine(guessed, snapshot);
    var terms =
        new Reissue.Terms(
            Instant.now(),
            configuration.cluster().validity(),
            configuration.cluster().caValidity(),
            Optional.empty());
    var forge =
        new KeyForge(new SecureRandom(), Threads.TASKS, Runtime.getRuntime().availableProcessors());
    return new Recovery(files, forge, terms, configuration, Release.ANY).plan(decision.decision());
  }
}
