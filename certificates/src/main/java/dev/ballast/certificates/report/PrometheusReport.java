package dev.ballast.certificates.report;

import dev.ballast.certificates.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import javax.security.auth.x500.X500Principal;

/**
 * The report in Prometheus' text format, for the node exporter's textfile collector. The {@code
 * x509_cert_*} names and labels are those of x509-certificate-exporter, so that its alerts and
 * dashboards work; the {@code ballast_certificates_*} ones tell what it cannot.
 */
public final class PrometheusReport {
  private record Sample(String labels, double value) {}

  private PrometheusReport() {}

  public static String of(List<Report> reports) {
    var out = new StringBuilder();
    family(
        out,
        "x509_cert_not_before",
        "Indicates the certificate's not before timestamp",
        certificates(
            reports, (report, certificate) -> seconds(certificate.first().getNotBefore())));
    family(
        out,
        "x509_cert_not_after",
        "Indicates the certificate's not after timestamp",
        certificates(reports, (report, certificate) -> seconds(certificate.first().getNotAfter())));
    family(
        out,
        "x509_cert_expired",
        "Indicates if the certificate is expired",
        certificates(
            reports,
            (report, certificate) ->
                report.taken().isAfter(certificate.first().getNotAfter().toInstant()) ? 1 : 0));
    family(
        out,
        "x509_read_errors",
        "Indicates the number of read failure(s)",
        perNode(
            reports,
            report ->
                report.entries().stream()
                    .filter(entry -> entry.item().found() instanceof Found.Unusable)
                    .count()));
    family(
        out,
        "ballast_certificates_finding",
        "One for each thing that was noticed and not yet put right",
        findings(reports));
    family(
        out,
        "ballast_certificates_checked_timestamp_seconds",
        "When the node was looked at",
        perNode(reports, report -> report.taken().getEpochSecond()));
    return out.toString();
  }

  private interface Measure {
    double of(Report report, Found.Present certificate);
  }

  private static double seconds(java.util.Date date) {
    return date.toInstant().getEpochSecond();
  }

  private static List<Sample> certificates(List<Report> reports, Measure measure) {
    var samples = new ArrayList<Sample>();
    for (var report : reports) {
      for (var entry : report.entries()) {
        if (entry.item().found() instanceof Found.Present present) {
          var certificate = present.first();
          samples.add(
              new Sample(
                  labels(
                      "node", report.node(),
                      "name", entry.item().name(),
                      "filepath", present.file().toString(),
                      "serial_number", certificate.getSerialNumber().toString(),
                      "subject_CN", commonName(certificate.getSubjectX500Principal()),
                      "issuer_CN", commonName(certificate.getIssuerX500Principal())),
                  measure.of(report, present)));
        }
      }
    }
    return samples;
  }

  private static List<Sample> perNode(List<Report> reports, Function<Report, Long> measure) {
    return reports.stream()
        .map(report -> new Sample(labels("node", report.node()), measure.apply(report)))
        .toList();
  }

  private static List<Sample> findings(List<Report> reports) {
    var samples = new ArrayList<Sample>();
    for (var report : reports) {
      report
          .entries()
          .forEach(
              e -> e.findings().forEach(f -> samples.add(finding(report, e.item().name(), f))));
      report
          .ports()
          .forEach(e ->
              e.findings()
                  .forEach(f ->
                      samples.add(
                          finding(report, "port " + e.port().endpoint().address().getPort(), f))));
      report.general().forEach(finding -> samples.add(finding(report, "node", finding)));
    }
    // Two findings of one kind on one thing, such as two missing names, are one series.
    return samples.stream().distinct().toList();
  }

  private static Sample finding(Report report, String name, Finding finding) {
    return new Sample(
        labels(
            "node", report.node(),
            "name", name,
            "level", finding.level().name().toLowerCase(Locale.ROOT),
            "id", finding.id()),
        1);
  }

  private static void family(StringBuilder out, String name, String help, List<Sample> samples) {
    if (samples.isEmpty()) {
      return;
    }
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(" gauge\n");
    for (var sample : samples) {
      out.append(name).append(sample.labels()).append(' ');
      out.append(String.format(Locale.ROOT, "%.0f", sample.value())).append('\n');
    }
  }

  private static String labels(String... namesAndValues) {
    var out = new StringBuilder("{");
    for (int i = 0; i < namesAndValues.length; i += 2) {
      out.append(i == 0 ? "" : ",").append(namesAndValues[i]).append("=\"");
      out.append(
          namesAndValues[i + 1].replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
      out.append('"');
    }
    return out.append('}').toString();
  }

  private static String commonName(X500Principal name) {
    for (var part : name.getName().split(",", -1)) {
      if (part.startsWith("CN=")) {
        return part.substring(3);
      }
    }
    return "";
  }
}
