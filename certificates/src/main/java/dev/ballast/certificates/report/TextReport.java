package dev.ballast.certificates.report;

import dev.ballast.certificates.Found;
import dev.ballast.certificates.live.Freshness;
import dev.ballast.certificates.live.LivePort;
import dev.ballast.certificates.live.Observation;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The report for people: a line for everything, then what is wrong and what to do. */
public final class TextReport {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("MMM dd, yyyy HH:mm 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private final StringBuilder out = new StringBuilder();
  private final Report report;

  private TextReport(Report report) {
    this.report = report;
  }

  public static String of(Report report) {
    return new TextReport(report).print();
  }

  private String print() {
    out.append("Node ").append(report.node()).append(" at ").append(DATE.format(report.taken()));
    out.append("\n\n");
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("CERTIFICATE", "EXPIRES", "LEFT", "STATUS"));
    report.entries().forEach(entry -> rows.add(row(entry)));
    table(rows);
    if (!report.ports().isEmpty()) {
      out.append('\n');
      var ports = new ArrayList<List<String>>();
      ports.add(List.of("PORT", "COMPONENT", "SERVES", "STATUS"));
      report.ports().forEach(entry -> ports.add(row(entry)));
      table(ports);
    }
    findings();
    out.append('\n')
        .append(report.count(Finding.Level.BROKEN))
        .append(" broken, ")
        .append(report.count(Finding.Level.WARNING))
        .append(" to look after\n");
    return out.toString();
  }

  private List<String> row(Report.Entry entry) {
    var name = entry.item().name();
    var status = status(entry.level(), entry.findings());
    return switch (entry.item().found()) {
      case Found.Present present -> {
        var notAfter = present.first().getNotAfter().toInstant();
        yield List.of(name, DATE.format(notAfter), left(report.taken(), notAfter), status);
      }
      case Found.Absent _ -> List.of(name, "-", "-", status);
      case Found.Unusable _ -> List.of(name, "-", "-", status);
    };
  }

  private static List<String> row(Report.PortEntry entry) {
    LivePort port = entry.port();
    var address = port.endpoint().address();
    var served =
        switch (port.freshness()) {
          case Freshness.Current _ -> "the file";
          case Freshness.Stale _ -> "the old certificate";
          case Freshness.Foreign _ -> "another certificate";
          case Freshness.Unfiled unfiled ->
              "its own, until " + DATE.format(unfiled.served().getNotAfter().toInstant());
          case Freshness.Unseen unseen -> unseen(unseen.observation());
        };
    return List.of(
        address.getHostString() + ":" + address.getPort(),
        port.endpoint().component() + port.listener().map(l -> " (pid " + l.pid() + ")").orElse(""),
        served,
        status(entry.level(), entry.findings()));
  }

  private static String unseen(Observation observation) {
    return switch (observation) {
      case Observation.Closed _ -> "closed";
      case Observation.Silent _ -> "no certificate";
      case Observation.Serves _ -> "a certificate";
    };
  }

  private static String status(Finding.Level level, List<Finding> findings) {
    return level == Finding.Level.OK ? "ok" : findings.getFirst().id();
  }

  /** A short time: 364d, 9y, 3h; what is over says so. */
  static String left(Instant now, Instant then) {
    var left = Duration.between(now, then);
    if (left.isNegative()) {
      return "expired";
    }
    if (left.toDays() >= 2 * 365) {
      return left.toDays() / 365 + "y";
    }
    if (left.toDays() > 0) {
      return left.toDays() + "d";
    }
    return left.toHours() > 0 ? left.toHours() + "h" : left.toMinutes() + "m";
  }

  private void table(List<List<String>> rows) {
    var widths = new int[rows.getFirst().size()];
    for (var row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (var row : rows) {
      for (int i = 0; i < row.size(); i++) {
        out.append(row.get(i));
        if (i < row.size() - 1) {
          out.append(" ".repeat(widths[i] - row.get(i).length() + 3));
        }
      }
      out.append('\n');
    }
  }

  private void findings() {
    var lines = new ArrayList<String>();
    report.entries().forEach(e -> e.findings().forEach(f -> lines.add(line(e.item().name(), f))));
    report
        .ports()
        .forEach(e ->
            e.findings()
                .forEach(
                    f -> lines.add(line("port " + e.port().endpoint().address().getPort(), f))));
    report.general().forEach(finding -> lines.add(line("node", finding)));
    lines.removeIf(String::isEmpty);
    if (!lines.isEmpty()) {
      out.append('\n');
      lines.forEach(out::append);
    }
  }

  private static String line(String subject, Finding finding) {
    var word =
        switch (finding.level()) {
          case OK -> "";
          case NOTE -> "note";
          case WARNING -> "warning";
          case BROKEN -> "broken";
        };
    var line = word + ": " + subject + ": " + finding.text() + "\n";
    return finding.remedy().isEmpty() ? line : line + "  try: " + finding.remedy() + "\n";
  }
}
