package dev.ballast.cli.certs;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.Inventory;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.Renewable;
import dev.ballast.certificates.change.Backup;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.ConfigurationSource;
import dev.ballast.certificates.config.GoDuration;
import dev.ballast.certificates.config.NodeDefaults;
import dev.ballast.certificates.creation.ServingNames;
import dev.ballast.certificates.renewal.Decision;
import dev.ballast.certificates.renewal.NameChange;
import dev.ballast.certificates.renewal.RenewalPreview;
import dev.ballast.certificates.renewal.RenewalTerms;
import dev.ballast.certificates.renewal.Renewals;
import dev.ballast.certificates.renewal.RenewedFiles;
import dev.ballast.certificates.renewal.Signers;
import dev.ballast.certificates.report.NodeFiles;
import dev.ballast.certificates.rollout.Rollout;
import dev.ballast.certificates.staticpods.ManifestsAside;
import dev.ballast.cli.Threads;
import dev.ballast.pki.AlternativeName;
import dev.ballast.pki.KeyAlgorithm;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code certs renew}. */
@Command(
    name = "renew",
    exitCodeOnInvalidInput = 1,
    description = {
      "Gives certificates a new key and a new time to live. Names, subject and purposes stay.",
      "All files change as one, or none does; what was there is kept as a backup."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:renewed, or there was nothing that could be (missing, external CA)",
      "1:nothing was changed, or with --restart it was taken back; or the command line was not"
          + " understood"
    })
final class RenewCommand implements Callable<Integer> {
  private static final String ALL = "all";

  /** What can be renewed, with kubeadm's names. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.concat(
              Stream.of(ALL), Renewable.all(Release.LATEST, false).stream().map(Renewable::label))
          .iterator();
    }
  }

  @Spec private CommandSpec spec;
  @Mixin private SourceOptions source;
  @Mixin private MachineOptions machine;

  @Parameters(
      paramLabel = "all|NAME",
      completionCandidates = Names.class,
      description = "One of: ${COMPLETION-CANDIDATES}.")
  private String name = ALL;

  @Option(
      names = "--key-algorithm",
      paramLabel = "NAME",
      description =
          "RSA-2048, RSA-3072, RSA-4096, ECDSA-P256 or ECDSA-P384 (default: what the configuration"
              + " says).")
  private @Nullable String keyAlgorithm;

  @Option(
      names = "--validity-period",
      paramLabel = "DURATION",
      description = "Such as 8760h (default: what the configuration says).")
  private @Nullable String validity;

  @Option(
      names = "--add-san",
      split = ",",
      paramLabel = "NAME",
      description = "A DNS name or address that the serving certificate shall have too.")
  private List<String> added = List.of();

  @Option(
      names = "--remove-san",
      split = ",",
      paramLabel = "NAME",
      description = "A DNS name or address that the serving certificate shall not have any more.")
  private List<String> removed = List.of();

  @Option(names = "--dry-run", description = "Print what would be done, and do nothing.")
  private boolean dryRun;

  @Override
  public Integer call() {
    if (machine.restartsOnDemand() && source.isImage()) {
      throw new CertificatesFailure(
          "--restart is for the machine that runs, and --rootfs is the disk of another",
          "leave out one of them");
    }
    Leftovers.settle(spec, source.state());
    Changes changes = Changes.in(source.state(), InstantSource.system());
    Changes.Mark mark = changes.mark();
    Release release = source.release();
    ConfigurationSource configuration = source.configuration();
    ClusterConfiguration cluster = configuration.configuration().cluster();
    List<Renewable> wanted = wanted(release, cluster);
    RenewalTerms terms = terms(cluster, wanted);
    Layout layout = source.layout(configuration);
    Inventory inventory = Inventory.read(layout, release, cluster.externalEtcd());
    Signers signers = Signers.read(inventory, Renewals.authorities(wanted));
    List<Decision> decisions = Renewals.decide(wanted, inventory, signers, terms);
    PrintWriter out = spec.commandLine().getOut();
    Narration.warnings(spec, configuration);
    Narration.preamble(out, configuration, "renew", release);
    if (dryRun) {
      out.print(RenewalPreview.text(decisions, layout, terms.algorithm()));
      out.flush();
      return refusals(decisions) ? 1 : 0;
    }
    if (refusals(decisions)) {
      out.flush();
      decisions.forEach(this::complain);
      spec.commandLine().getErr().println("nothing was changed");
      return 1;
    }
    List<Decision.Renew> renewals =
        decisions.stream()
            .filter(Decision.Renew.class::isInstance)
            .map(Decision.Renew.class::cast)
            .toList();
    if (!renewals.isEmpty()) {
      var forge =
          new KeyForge(
              new SecureRandom(), Threads.TASKS, Runtime.getRuntime().availableProcessors());
      Plan plan =
          RenewedFiles.plan(
              "renew " + name, renewals, inventory, signers, terms.algorithm(), forge);
      if (machine.restartsOnDemand()) {
        int code = rollOut(plan, layout, changes, mark);
        if (code == 0) {
          decisions.forEach(decision -> out.print(outcome(decision) + "\n"));
        }
        out.flush();
        return code;
      }
      apply(plan, changes, mark);
    }
    decisions.forEach(decision -> out.print(outcome(decision) + "\n"));
    if (name.equals(ALL)) {
      out.print(
          "\n"
              + "Done renewing certificates. You must restart the kube-apiserver,"
              + " kube-controller-manager, kube-scheduler and etcd, so that they can use the new"
              + " certificates.\n");
    }
    out.flush();
    return 0;
  }

  /** Applies, restarts what still uses the old, and goes back when something is not well. */
  private int rollOut(Plan plan, Layout layout, Changes changes, Changes.Mark mark) {
    var aside = Leftovers.backAtExit(new ManifestsAside(source.state().manifestsAside()));
    var files = NodeFiles.below(NodeDefaults.read().nodeName(), Path.of("/"), layout);
    PrintWriter out = spec.commandLine().getOut();
    try (var session = changes.openSince(mark)) {
      aside.putBack();
      var rollout =
          new Rollout(
              machine.machine(files, aside),
              changes,
              line -> out.println("[renew] " + line),
              Rollout.SETTLE);
      return Outcomes.tell(spec, rollout.renew(session, plan));
    }
  }

  private void apply(Plan plan, Changes changes, Changes.Mark mark) {
    try (var session = changes.openSince(mark)) {
      Optional<Backup> backup = session.apply(plan);
      backup.ifPresent(kept ->
          spec.commandLine()
              .getErr()
              .println("what was there before is kept as backup " + kept.id()));
    }
  }

  private List<Renewable> wanted(Release release, ClusterConfiguration cluster) {
    List<Renewable> all = Renewable.all(release, cluster.externalEtcd());
    if (name.equals(ALL)) {
      return all;
    }
    List<Renewable> one = all.stream().filter(r -> r.label().equals(name)).toList();
    if (one.isEmpty()) {
      throw new CertificatesFailure(
          "there is no certificate named '" + name + "' to renew",
          "name one of all, " + String.join(", ", all.stream().map(Renewable::label).toList()));
    }
    return one;
  }

  private RenewalTerms terms(ClusterConfiguration cluster, List<Renewable> wanted) {
    KeyAlgorithm algorithm =
        keyAlgorithm == null
            ? cluster.keyAlgorithm()
            : KeyAlgorithm.named(keyAlgorithm)
                .orElseThrow(() ->
                    new CertificatesFailure(
                        "there is no key algorithm '" + keyAlgorithm + "'",
                        "name one of " + KeyAlgorithm.labels()));
    Duration period =
        validity == null
            ? cluster.validity()
            : GoDuration.parse(validity)
                .filter(Duration::isPositive)
                .orElseThrow(() ->
                    new CertificatesFailure(
                        "--validity-period '" + validity + "' is not a duration above zero",
                        "write it as 8760h"));
    var names = new NameChange(names(added), names(removed));
    if (!names.isNone() && (wanted.size() > 1 || !Renewals.serves(wanted.getFirst()))) {
      throw new CertificatesFailure(
          "names can be changed on one serving certificate at a time",
          "name it: renew apiserver, renew etcd-server or renew etcd-peer");
    }
    return new RenewalTerms(
        algorithm, period, Instant.now().truncatedTo(ChronoUnit.SECONDS), names);
  }

  private static List<AlternativeName> names(List<String> texts) {
    return texts.stream()
        .map(text ->
            ServingNames.parse(text)
                .orElseThrow(() ->
                    new CertificatesFailure(
                        "'" + text + "' is neither an address nor a DNS name",
                        "write it as 192.0.2.1, as api.example or as *.example")))
        .toList();
  }

  private static boolean refusals(List<Decision> decisions) {
    return decisions.stream().anyMatch(Decision.Refused.class::isInstance);
  }

  private void complain(Decision decision) {
    if (decision instanceof Decision.Refused refused) {
      Narration.problem(
          spec,
          "failed to renew certificate " + refused.renewable().label() + ": " + refused.problem(),
          refused.remedy());
    }
  }

  private static String outcome(Decision decision) {
    String longName = decision.renewable().longName();
    return switch (decision) {
      case Decision.Renew _ -> longName + " renewed";
      case Decision.Missing _ -> "MISSING! " + longName;
      case Decision.External _ ->
          "Detected external %s, %s can't be renewed"
              .formatted(decision.renewable().authority().baseName(), longName);
      case Decision.Refused refused -> throw new IllegalStateException(refused.problem());
    };
  }
}
