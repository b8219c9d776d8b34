package dev.ballast.cli.certs;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.change.PlanText;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.recovery.Reissue;
import dev.ballast.certificates.report.SnapshotReader;
import dev.ballast.certificates.rollout.Outcome;
import dev.ballast.certificates.rollout.Rollout;
import dev.ballast.certificates.rotation.Goal;
import dev.ballast.certificates.rotation.Rotation;
import dev.ballast.certificates.rotation.RotationSteps;
import dev.ballast.certificates.rotation.Stage;
import dev.ballast.cli.Threads;
import dev.ballast.pki.KeyAlgorithm;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code certs rotate}. */
@Command(
    name = "rotate",
    description = {
      "Brings the rotation of an authority one stage further on this node: trust both, reissue,"
          + " drop the old. How far it has come is read from the certificates.",
      "Do each stage on every control-plane node before the next stage on any."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the stage is done, or was shown",
      "1:nothing was changed, or it was taken back; the message says which",
      "2:the command line was not understood"
    })
final class CertsRotateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NodeOptions node;
  @Mixin private MachineOptions machine;

  @Parameters(
      arity = "0..1",
      paramLabel = "AUTHORITY",
      defaultValue = "ca",
      description = "ca, etcd-ca or front-proxy-ca (default: ${DEFAULT-VALUE}).")
  private String name = "ca";

  @Option(
      names = "--key-algorithm",
      paramLabel = "ALGORITHM",
      description =
          "The keys that are made: RSA-2048, RSA-3072, RSA-4096, ECDSA-P256 or ECDSA-P384"
              + " (default: as before).")
  private @Nullable String algorithm;

  @Option(
      names = "--to",
      paramLabel = "STAGE",
      description =
          "Stop at this stage: trust-both, reissue or drop-old; does nothing where it is reached"
              + " (default: one stage on).")
  private @Nullable String to;

  @Option(names = "--dry-run", description = "Show the stage and what the next one changes.")
  private boolean dryRun;

  @Override
  public Integer call() {
    node.settle(spec);
    var mark = node.changes().mark();
    var authority =
        Authority.labelled(name)
            .orElseThrow(() ->
                new CertificatesFailure(
                    "there is no authority '" + name + "'", "name ca, etcd-ca or front-proxy-ca"));
    var now = Instant.now();
    var files = node.files();
    var snapshot = SnapshotReader.read(files, now);
    var terms =
        new Reissue.Terms(
            now,
            ClusterConfiguration.DEFAULT_VALIDITY,
            ClusterConfiguration.DEFAULT_CA_VALIDITY,
            Optional.ofNullable(algorithm).map(CertsRotateCommand::algorithm));
    var forge =
        new KeyForge(new SecureRandom(), Threads.TASKS, Runtime.getRuntime().availableProcessors());
    var rotation = new Rotation(files, snapshot, authority, forge, terms);
    var stage = rotation.stage();
    var out = spec.commandLine().getOut();
    out.println("[stage] " + words(stage));
    if (to != null) {
      var goal = goal(to);
      if (goal.isReachedBy(stage)) {
        return dryRun ? 0 : Outcomes.tell(spec, refresh());
      }
      if (!goal.isNextAfter(stage) && !(stage instanceof Stage.Unclear)) {
        throw new CertificatesFailure(
            to + " is not the next stage from here", "do the stages one after the other");
      }
    }
    var plan = rotation.next(stage);
    PlanText.of(plan).forEach(line -> out.println("[plan] " + line));
    if (dryRun) {
      return 0;
    }
    var code = Outcomes.tell(spec, apply(plan, mark));
    if (code == 0) {
      RotationSteps.after(stage, authority).forEach(out::println);
    }
    return code;
  }

  /** The files came from another node; what runs here may not have read them yet. */
  private Outcome refresh() {
    if (node.isImage() || !machine.restarts()) {
      return new Outcome.Unchanged();
    }
    var changes = node.changes();
    try (var _ = changes.open()) {
      return rollout(changes).refresh();
    }
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
      return rollout(changes).renew(session, plan);
    }
  }

  private Rollout rollout(Changes changes) {
    var aside = Leftovers.backAtExit(node.aside());
    aside.putBack();
    return new Rollout(
        machine.machine(node.files(), aside),
        changes,
        line -> spec.commandLine().getOut().println("[rotate] " + line),
        Rollout.SETTLE);
  }

  private static Goal goal(String stage) {
    return switch (stage) {
      case "trust-both" -> Goal.TRUST_BOTH;
      case "reissue" -> Goal.REISSUE;
      case "drop-old" -> Goal.DROP_OLD;
      default ->
          throw new CertificatesFailure(
              "there is no stage '" + stage + "'", "name trust-both, reissue or drop-old");
    };
  }

  private static String words(Stage stage) {
    return switch (stage) {
      case Stage.NotBegun _ -> "one authority signs and is trusted; next: trust both";
      case Stage.TrustsBoth both ->
          both.trustingOne().isEmpty()
              ? "both are trusted, the old one signs; next: reissue"
              : "the new one is not trusted yet by "
                  + String.join(", ", both.trustingOne())
                  + "; next: trust both";
      case Stage.Reissued reissued ->
          reissued.signedByOld().isEmpty()
              ? "both are trusted, the new one signs; next: drop the old"
              : "both are trusted, the new one signs, but the old one signed "
                  + String.join(", ", reissued.signedByOld())
                  + "; next: reissue these";
      case Stage.Unclear unclear -> unclear.problem();
    };
  }

  private static KeyAlgorithm algorithm(String label) {
    return KeyAlgorithm.named(label)
        .orElseThrow(() ->
            new CertificatesFailure(
                "'" + label + "' is not a key algorithm",
                "name one of " + KeyAlgorithm.labels() + "; nothing was changed"));
  }
}
