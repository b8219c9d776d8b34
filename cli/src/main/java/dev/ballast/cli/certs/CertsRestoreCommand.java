package dev.ballast.cli.certs;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.change.Backup;
import dev.ballast.certificates.change.PlanText;
import dev.ballast.certificates.rollout.Outcome;
import dev.ballast.certificates.rollout.Rollout;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
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
    var mark = changes.mark();
    var backups = changes.backups();
    var damaged = changes.damagedBackups();
    var out = spec.commandLine().getOut();
    if (name == null) {
      list(backups, damaged);
      return 0;
    }
    var backup = find(backups, damaged, name);
    var plan = changes.restoring(backup);
    PlanText.of(plan).forEach(line -> out.println("[plan] " + line));
    if (dryRun) {
      return 0;
    }
    if (node.isImage() || !machine.restarts()) {
      try (var session = changes.openSince(mark)) {
        var outcome =
            session
                .apply(plan)
                .<Outcome>map(made -> new Outcome.Done(made.id()))
                .orElseGet(Outcome.Unchanged::new);
        return Outcomes.tell(spec, outcome);
      }
    }
    var aside = Leftovers.backAtExit(node.aside());
    try (var session = changes.openSince(mark)) {
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

  private void list(List<Backup> backups, List<String> damaged) {
    var out = spec.commandLine().getOut();
    if (backups.isEmpty() && damaged.isEmpty()) {
      out.println("There are no backups in " + node.state().backups() + ".");
      return;
    }
    var lines = new TreeMap<String, String>(Comparator.reverseOrder());
    for (var backup : backups) {
      lines.put(backup.id(), backup.entries().size() + " files   before " + backup.reason());
    }
    damaged.forEach(id -> lines.put(id, "damaged: cannot be restored"));
    lines.forEach((id, line) -> out.println(id + "   " + line));
  }

  private Backup find(List<Backup> backups, List<String> damaged, String wanted) {
    // The latest is the latest: taking an older one in its place would be a surprise.
    var newest =
        Stream.concat(backups.stream().map(Backup::id), damaged.stream())
            .max(Comparator.naturalOrder());
    var id = wanted.equals("latest") ? newest.orElse(wanted) : wanted;
    if (damaged.contains(id)) {
      throw new CertificatesFailure(
          "backup " + id + " is damaged: its manifest is not as it was written",
          "restore another one by its name; nothing was changed");
    }
    return backups.stream()
        .filter(backup -> backup.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new CertificatesFailure(
                "there is no backup " + wanted + " in " + node.state().backups(),
                "list them with ballast certs restore; nothing was changed"));
  }
}
