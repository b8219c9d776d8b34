package dev.ballast.cli.certs;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.change.Backup;
import dev.ballast.certificates.change.PlanText;
import dev.ballast.certificates.rollout.Outcome;
import dev.ballast.certificates.rollout.Rollout;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code certs restore}. */
@Command(
    name = "restore",
    description =
        "Brings back what a change replaced. Without a backup's name it lists the backups.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:restored, or listed",
      "1:not restored; the message says what stands",
      "2:the command line was not understood"
    })
final class CertsRestoreCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NodeOptions node;
  @Mixin private MachineOptions machine;

  @Parameters(
      arity = "0..1",
      paramLabel = "BACKUP",
      description = "A backup from the list, or 'latest'.")
  private @Nullable String name;

  @Option(names = "--dry-run", description = "Show what would be restored, and do nothing.")
  private boolean dryRun;

  @Override
  public Integer call() {
    node.settle(spec);
    var changes = node.changes();
    var backups = changes.backups();
    var out = spec.commandLine().getOut();
    if (name == null) {
      list(backups);
      return 0;
    }
    var backup = find(backups, name);
    var plan = changes.restoring(backup);
    PlanText.of(plan).forEach(line -> out.println("[plan] " + line));
    if (dryRun) {
      return 0;
    }
    if (node.isImage() || !machine.restarts()) {
      try (var session = changes.open()) {
        var outcome =
            session
                .apply(plan)
                .<Outcome>map(made -> new Outcome.Done(made.id(), List.of()))
                .orElseGet(Outcome.Unchanged::new);
        return Outcomes.tell(spec, outcome);
      }
    }
    var aside = node.aside();
    try (var session = changes.open()) {
      aside.putBack();
      var rollout =
          new Rollout(
              machine.machine(node.files(), aside),
              changes,
              line -> out.println("[restore] " + line),
              Rollout.SETTLE);
      return Outcomes.tell(spec, rollout.renew(session, plan));
    }
  }

  private void list(List<Backup> backups) {
    var out = spec.commandLine().getOut();
    if (backups.isEmpty()) {
      out.println("There are no backups in " + node.state().backups() + ".");
      return;
    }
    for (var backup : backups) {
      out.println(
          backup.id() + "   " + backup.entries().size() + " files   before " + backup.reason());
    }
  }

  private Backup find(List<Backup> backups, String wanted) {
    if (wanted.equals("latest") && !backups.isEmpty()) {
      return backups.getFirst();
    }
    return backups.stream()
        .filter(backup -> backup.id().equals(wanted))
        .findFirst()
        .orElseThrow(() ->
            new CertificatesFailure(
                "there is no backup " + wanted + " in " + node.state().backups(),
                "list them with ballast certs restore; nothing was changed"));
  }
}
