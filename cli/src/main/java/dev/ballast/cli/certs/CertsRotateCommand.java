package dev.ballast.cli.certs;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.change.PlanText;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.recovery.Reissue;
import dev.ballast.certificates.report.SnapshotReader;
import dev.ballast.certificates.rollout.Outcome;
import dev.ballast.certificates.rollout.Rollout;
import dev.ballast.certificates.rotation.Goal;
import dev.ballast.certificates.rotation.Rotation;
import dev.ballast.certificates.rotation.Stage;
import dev.ballast.cli.Threads;
import dev.ballast.pki.KeyAlgorithm;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
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
        out.println("Nothing had to be changed.");
        return 0;
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
    var code = Outcomes.tell(spec, apply(plan));
    if (code == 0) {
      steps(stage, authority).forEach(out::println);
    }
    return code;
  }

  private Outcome apply(Plan plan) {
    var changes = node.changes();
    try (var session = changes.open()) {
      if (node.isImage() || !machine.restarts()) {
        return session
            .apply(plan)
            .<Outcome>map(made -> new Outcome.Done(made.id(), List.of()))
            .orElseGet(Outcome.Unchanged::new);
      }
      var aside = node.aside();
      aside.putBack();
      return new Rollout(
              machine.machine(node.files(), aside),
              changes,
              line -> spec.commandLine().getOut().println("[rotate] " + line),
              Rollout.SETTLE)
          .renew(session, plan);
    }
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

  /** What is to be done on other nodes after the step that was taken from this stage. */
  private static List<String> steps(Stage from, Authority authority) {
    var certificate = "/etc/kubernetes/pki/" + authority.baseName() + ".crt";
    var key = "/etc/kubernetes/pki/" + authority.baseName() + ".key";
    var next = "/etc/kubernetes/pki/" + authority.baseName() + "-next.key";
    var rotate = "ssh root@NODE ballast certs rotate " + authority.label();
    return switch (from) {
      case Stage.NotBegun _ ->
          List.of(
              "This node trusts both. Before the next stage, on every other control-plane NODE:",
              "  scp " + certificate + " root@NODE:" + certificate,
              "  scp " + next + " root@NODE:" + next,
              "  " + rotate + " --to trust-both",
              "  restart its control plane and its kubelet, so that they trust both",
              "and on every worker NODE:",
              "  scp " + certificate + " root@NODE:" + certificate,
              "  ssh root@NODE systemctl restart kubelet",
              "then here: ballast certs rotate " + authority.label() + " --to reissue");
      case Stage.TrustsBoth _ ->
          List.of(
              "The new authority signs here. Before the next stage, on every other control-plane"
                  + " NODE:",
              "  scp " + certificate + " root@NODE:" + certificate,
              "  scp " + key + " root@NODE:" + key,
              "  ssh root@NODE rm -f " + next,
              "  " + rotate + " --to reissue",
              "and wait until every kubelet has a certificate of the new authority; then here:",
              "  ballast certs rotate " + authority.label() + " --to drop-old");
      case Stage.Reissued _, Stage.Unclear _ ->
          List.of(
              "Where the old one was dropped here: copy "
                  + certificate
                  + " to every other node, and run",
              "  " + rotate + " --to drop-old");
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
