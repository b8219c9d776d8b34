package dev.ballast.certificates.report;

import dev.ballast.certificates.Found;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Many nodes for people: those with something wrong, worst first, and a count of the others. */
public final class FleetText {
  private FleetText() {}

  public static String of(List<Report> fleet) {
    var out = new StringBuilder();
    var attention = new ArrayList<Report>();
    for (var report : fleet) {
      if (report.worst().compareTo(Finding.Level.NOTE) > 0) {
        attention.add(report);
      }
    }
    attention.sort((a, b) -> b.worst().compareTo(a.worst()));
    for (var report : attention) {
      out.append(report.worst().name().toLowerCase(Locale.ROOT)).append(": ");
      out.append(report.node());
      firstEnd(report)
          .ifPresent(
              end -> out.append(", first ends ").append(TextReport.left(report.taken(), end)));
      out.append('\n');
      report.entries().forEach(e -> append(out, e.item().name(), e.findings()));
      report
          .ports()
          .forEach(
              e -> append(out, "port " + e.port().endpoint().address().getPort(), e.findings()));
      append(out, "node", report.general());
    }
    if (!attention.isEmpty()) {
      out.append('\n');
    }
    long broken = fleet.stream().filter(r -> r.worst() == Finding.Level.BROKEN).count();
    out.append(fleet.size()).append(" nodes: ").append(broken).append(" broken, ");
    out.append(attention.size() - broken).append(" to look after, ");
    return out.append(fleet.size() - attention.size()).append(" ok\n").toString();
  }

  private static void append(StringBuilder out, String subject, List<Finding> findings) {
    for (var finding : findings) {
      if (finding.level().compareTo(Finding.Level.NOTE) > 0) {
        out.append("  ").append(subject).append(": ").append(finding.text()).append('\n');
      }
    }
  }

  private static Optional<Instant> firstEnd(Report report) {
    return report.entries().stream()
        .map(entry -> entry.item().found())
        .filter(Found.Present.class::isInstance)
        .map(found -> ((Found.Present) found).first().getNotAfter().toInstant())
        .min(Instant::compareTo);
  }
}
