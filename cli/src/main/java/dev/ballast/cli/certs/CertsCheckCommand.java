package dev.ballast.cli.certs;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.report.Check;
import dev.ballast.certificates.report.DataReport;
import dev.ballast.certificates.report.Finding;
import dev.ballast.certificates.report.Fleet;
import dev.ballast.certificates.report.FleetText;
import dev.ballast.certificates.report.PrometheusReport;
import dev.ballast.certificates.report.Report;
import dev.ballast.certificates.report.SnapshotReader;
import dev.ballast.certificates.report.TextReport;
import dev.ballast.certificates.staticpods.Endpoints;
import dev.ballast.cli.Threads;
import dev.ballast.pki.PkiFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code certs check}. */
@Command(
    name = "check",
    description = {
      "Tells the whole truth about the certificates of a node: files, keys, kubeconfigs and their"
          + " copies, the kubelet's, what the ports serve, names and clock."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the report was made; with --exit-code, nothing needs attention",
      "1:the report could not be made",
      "2:the command line was not understood",
      "3:with --exit-code, something will expire within the warning time or needs a look",
      "4:with --exit-code, something has expired or is broken"
    })
final class CertsCheckCommand implements Callable<Integer> {
  private static final int ATTENTION = 3;
  private static final int BROKEN = 4;

  enum Format {
    TEXT,
    JSON,
    YAML,
    PROMETHEUS
  }

  @Spec private CommandSpec spec;
  @Mixin private NodeOptions node;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "text, json, yaml or prometheus (default: ${DEFAULT-VALUE}).")
  private Format format = Format.TEXT;

  @Option(
      names = "--output-file",
      paramLabel = "FILE",
      description =
          "Write the report there, whole or not at all, as the node exporter's textfile collector"
              + " needs it.")
  private @Nullable Path file;

  @Option(
      names = "--warn",
      paramLabel = "TIME",
      defaultValue = "30d",
      converter = TimeConverter.class,
      description = "Warn this long before something expires (default: ${DEFAULT-VALUE}).")
  private Duration warning = Check.DEFAULT_WARNING;

  @Option(names = "--exit-code", description = "End with 3 or 4 when something needs attention.")
  private boolean exitCode;

  @Option(names = "--no-probe", description = "Do not ask the ports what they serve.")
  private boolean noProbe;

  @Option(
      names = "--fleet",
      paramLabel = "DIR",
      description =
          "Check copies of many nodes: a directory for each, with its files below etc/kubernetes.")
  private @Nullable Path fleet;

  @Override
  public Integer call() {
    List<Report> reports = fleet == null ? List.of(here()) : fleet(fleet);
    print(text(reports));
    if (!exitCode) {
      return 0;
    }
    var worst =
        reports.stream().map(Report::worst).max(Finding.Level::compareTo).orElse(Finding.Level.OK);
    return switch (worst) {
      case OK, NOTE -> 0;
      case WARNING -> ATTENTION;
      case BROKEN -> BROKEN;
    };
  }

  private Report here() {
    var files = node.files();
    if (!node.isImage()) {
      node.settle(spec);
    }
    var snapshot = SnapshotReader.read(files, Instant.now());
    if (snapshot.items().stream()
        .allMatch(item -> item.found() instanceof dev.ballast.certificates.Found.Absent)) {
      throw new CertificatesFailure(
          "there are no certificates in %s and no kubeconfigs in %s"
              .formatted(files.layout().certificatesDir(), files.layout().kubeconfigDir()),
          "run it on a node, or name the directories with --cert-dir, --kubeconfig-dir or --rootfs");
    }
    if (!node.isImage() && !noProbe) {
      var endpoints = Endpoints.of(snapshot.pods(), files.kubeletPki(), files::reach);
      snapshot = snapshot.withLive(MachineOptions.ports().look(endpoints), addresses());
    }
    return Check.decide(snapshot, warning);
  }

  private static Set<InetAddress> addresses() {
    var addresses = new HashSet<InetAddress>();
    try {
      NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .forEach(addresses::add);
    } catch (SocketException e) {
      // Without the list nothing is said about addresses.
      return Set.of();
    }
    return addresses;
  }

  private List<Report> fleet(Path directory) {
    var processors = Runtime.getRuntime().availableProcessors();
    return new Fleet(Threads.TASKS, processors).check(directory, Instant.now(), warning);
  }

  private String text(List<Report> reports) {
    return switch (format) {
      case TEXT -> fleet == null ? TextReport.of(reports.getFirst()) : FleetText.of(reports);
      case JSON -> fleet == null ? DataReport.json(reports.getFirst()) : DataReport.json(reports);
      case YAML -> fleet == null ? DataReport.yaml(reports.getFirst()) : DataReport.yaml(reports);
      case PROMETHEUS -> PrometheusReport.of(reports);
    };
  }

  private void print(String text) {
    if (file == null) {
      spec.commandLine().getOut().print(text);
      spec.commandLine().getOut().flush();
      return;
    }
    try {
      PkiFiles.replace(file, text.getBytes(StandardCharsets.UTF_8), PkiFiles.PUBLIC);
    } catch (IOException e) {
      throw new CertificatesFailure(
          "cannot write " + file + ": " + e.getMessage(), "make its directory writable", e);
    }
  }
}
