package dev.ballast.cli.certs;

import dev.ballast.certificates.Inventory;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.change.ChangeFailure;
import dev.ballast.certificates.config.ConfigurationSource;
import dev.ballast.certificates.expiration.ExpirationReport;
import dev.ballast.certificates.expiration.ExpirationTable;
import dev.ballast.certificates.expiration.StructuredReport;
import dev.ballast.certificates.output.Printer;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code certs check-expiration}. */
@Command(
    name = "check-expiration",
    exitCodeOnInvalidInput = 1,
    description = "Prints when the certificates of a control-plane node expire.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything could be read, expired or not",
      "1:something could not be read, and the rest is printed; or the command line was not"
          + " understood"
    })
final class CheckExpirationCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private SourceOptions source;

  @Option(
      names = {"-o", "--output", "--experimental-output"},
      paramLabel = "FORMAT",
      defaultValue = "text",
      description =
          "text, json, yaml, go-template, go-template-file, template, templatefile, jsonpath,"
              + " jsonpath-as-json or jsonpath-file (default: ${DEFAULT-VALUE}).")
  private String output = "text";

  @Option(
      names = "--allow-missing-template-keys",
      arity = "0..1",
      defaultValue = "true",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description = "Whether a template may name a field that is not there (default: true).")
  private boolean allowMissingKeys;

  @Option(
      names = "--show-managed-fields",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description = "Taken for compatibility; there are no managed fields here.")
  @SuppressWarnings("unused") // there is nothing to show or hide
  private boolean showManagedFields;

  /** Whoever may only look still sees the table: until it is settled every pair matches. */
  private void settle() {
    try {
      Leftovers.settle(spec, source.state());
    } catch (ChangeFailure e) {
      spec.commandLine().getErr().println("warning: " + e.problem() + "; " + e.remedy());
    }
  }

  @Override
  public Integer call() {
    Printer printer = Printer.parse(output, allowMissingKeys);
    settle();
    Release release = source.release();
    ConfigurationSource configuration = source.configuration();
    Layout layout = source.layout(configuration);
    Inventory inventory =
        Inventory.read(layout, release, configuration.configuration().cluster().externalEtcd());
    ExpirationReport report = ExpirationReport.of(inventory);
    Instant now = Instant.now();
    PrintWriter out = spec.commandLine().getOut();
    switch (printer) {
      case Printer.Text _ -> {
        Narration.preamble(out, configuration, "check-expiration", release);
        out.print(ExpirationTable.text(report, now, release));
      }
      case Printer.Structured structured ->
          out.print(structured.print(StructuredReport.of(report, now)));
    }
    out.flush();
    Narration.warnings(spec, configuration);
    if (inventory.isEmpty()) {
      // kubeadm prints the table all the same.
      spec.commandLine()
          .getErr()
          .println(
              "warning: there are no certificates in %s and no kubeconfigs in %s\n  try: run it on a control-plane node, or name the directories with --cert-dir and --kubeconfig-dir"
                  .formatted(layout.certificatesDir(), layout.kubeconfigDir()));
    }
    report.problems().forEach(p -> Narration.problem(spec, p.problem(), p.remedy()));
    return report.problems().isEmpty() ? 0 : 1;
  }
}
