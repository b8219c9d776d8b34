package dev.ballast.cli.certs;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.change.PlanText;
import dev.ballast.certificates.config.ConfigurationSource;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.config.NodeDefaults;
import dev.ballast.certificates.recovery.KnownNode;
import dev.ballast.certificates.recovery.NextSteps;
import dev.ballast.certificates.recovery.Recovery;
import dev.ballast.certificates.recovery.RecoveryDecision;
import dev.ballast.certificates.recovery.RecoveryText;
import dev.ballast.certificates.recovery.Reissue;
import dev.ballast.certificates.report.Check;
import dev.ballast.certificates.report.NodeSnapshot;
import dev.ballast.certificates.report.Report;
import dev.ballast.certificates.report.SnapshotReader;
import dev.ballast.certificates.rollout.Outcome;
import dev.ballast.certificates.rollout.Rollout;
import dev.ballast.cli.Threads;
import dev.ballast.pki.KeyAlgorithm;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code certs recover}. */
@Command(
    name = "recover",
    description = {
      "Brings back a node whose certificates, kubelet identity or authorities have expired. It"
          + " needs no API server; run it on a control-plane node that has the CA key.",
      "An authority that expired signs itself again with its own key, so that what it signed and"
          + " every service account token stay valid."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the node is well, or nothing had to be done",
      "1:something cannot be done here, or is not well; the message says what stands",
      "2:the command line was not understood"
    })
final class CertsRecoverCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NodeOptions node;
  @Mixin private MachineOptions machine;

  @Option(
      names = "--within",
      paramLabel = "TIME",
      defaultValue = "30d",
      converter = TimeConverter.class,
      description =
          "Renew what expires within this time, beside what has expired (default:"
              + " ${DEFAULT-VALUE}).")
  private Duration within = Check.DEFAULT_WARNING;

  @Option(names = "--all", description = "Renew every certificate that can be signed here.")
  private boolean all;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A kubeadm configuration file, from which missing certificates are made (default: what"
              + " the files of the node say).")
  private @Nullable Path config;

  @Option(
      names = "--key-algorithm",
      paramLabel = "ALGORITHM",
      description =
          "The keys of new certificates: RSA-2048, RSA-3072, RSA-4096, ECDSA-P256 or ECDSA-P384"
              + " (default: as before).")
  private @Nullable String algorithm;

  @Option(names = "--dry-run", description = "Show what would be done and why, and do nothing.")
  private boolean dryRun;

  @Override
  public Integer call() {
    node.settle(spec);
    var mark = node.changes().mark();
    var out = spec.commandLine().getOut();
    var now = Instant.now();
    var files = node.files();
    var snapshot = SnapshotReader.read(files, now);
    var report = Check.decide(snapshot, Check.DEFAULT_WARNING);
    refuseWrongClock(report);
    var decision = RecoveryDecision.of(report, within, all);
    RecoveryText.of(decision).forEach(line -> out.println("[plan] " + line));
    if (decision.changesAnything() && !dryRun) {
      return perform(snapshot, decision, now, mark);
    }
    return ending(decision, new Outcome.Unchanged(), snapshot);
  }

  private static void refuseWrongClock(Report report) {
    report
        .general()
        .forEach(finding -> {
          if (finding.id().equals("clock-behind")) {
            throw new CertificatesFailure(finding.text(), finding.remedy());
          }
        });
  }

  private int perform(
      NodeSnapshot snapshot, RecoveryDecision decision, Instant now, Changes.Mark mark) {
    var files = node.files();
    var configuration = configuration(snapshot);
    var terms =
        new Reissue.Terms(
            now,
            configuration.cluster().validity(),
            configuration.cluster().caValidity(),
            Optional.ofNullable(algorithm).map(CertsRecoverCommand::algorithm));
    var forge =
        new KeyForge(new SecureRandom(), Threads.TASKS, Runtime.getRuntime().availableProcessors());
    var plan = new Recovery(files, forge, terms, configuration, Release.ANY).plan(decision);
    PlanText.of(plan).forEach(line -> spec.commandLine().getOut().println("[plan] " + line));
    return ending(decision, apply(plan, mark), snapshot);
  }

  private Outcome apply(Plan plan, Changes.Mark mark) {
    var changes = node.changes();
    try (var session = changes.openSince(mark)) {
      if (node.isImage() || !machine.restarts()) {
        return session
            .apply(plan)
            .<Outcome>map(made -> new Outcome.Done(made.id()))
            .orElseGet(Outcome.Unchanged::new);
      }
      var aside = Leftovers.backAtExit(node.aside());
      aside.putBack();
      return new Rollout(
              machine.machine(node.files(), aside),
              changes,
              line -> spec.commandLine().getOut().println("[recover] " + line),
              Rollout.SETTLE)
          .recover(session, plan, true, machine.healthTimeout());
    }
  }

  private InitConfiguration configuration(NodeSnapshot snapshot) {
    var defaults = NodeDefaults.read();
    if (config != null) {
      return ConfigurationSource.file(node.under(config), defaults).configuration();
    }
    return KnownNode.refine(ConfigurationSource.defaults(defaults).configuration(), snapshot);
  }

  private static KeyAlgorithm algorithm(String label) {
    return KeyAlgorithm.named(label)
        .orElseThrow(() ->
            new CertificatesFailure(
                "'" + label + "' is not a key algorithm",
                "name one of " + KeyAlgorithm.labels() + "; nothing was changed"));
  }

  private int ending(RecoveryDecision decision, Outcome outcome, NodeSnapshot snapshot) {
    var out = spec.commandLine().getOut();
    var code = dryRun ? 0 : Outcomes.tell(spec, outcome);
    if (decision.changesAnything() && snapshot.controlPlane()) {
      out.println();
      out.println("What is left to do on other nodes:");
      NextSteps.after(decision, snapshot.pods(), snapshot.node())
          .forEach(step -> out.println("  " + step));
    }
    for (var line : decision.impossible()) {
      if (line.verdict() instanceof RecoveryDecision.Verdict.Cannot cannot) {
        Narration.problem(spec, line.item().name() + ": " + cannot.reason(), cannot.remedy());
      }
    }
    return decision.impossible().isEmpty() || dryRun ? code : 1;
  }
}
