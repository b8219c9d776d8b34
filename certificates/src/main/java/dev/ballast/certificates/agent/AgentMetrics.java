package dev.ballast.certificates.agent;

import dev.ballast.certificates.Found;
import dev.ballast.certificates.report.Finding;
import dev.ballast.certificates.rollout.Outcome;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Instant;
import java.util.Locale;

/** What the agent counts. */
final class AgentMetrics {
  private final Gauge notAfter;
  private final Gauge findings;
  private final Gauge lastLook;
  private final Counter renewals;

  AgentMetrics(PrometheusRegistry registry) {
    notAfter =
        Gauge.builder()
            .name("x509_cert_not_after")
            .help("Indicates the certificate's not after timestamp")
            .labelNames("node", "name", "filepath")
            .register(registry);
    findings =
        Gauge.builder()
            .name("ballast_certificates_findings")
            .help("How many things were noticed and not yet put right, by level")
            .labelNames("node", "level")
            .register(registry);
    lastLook =
        Gauge.builder()
            .name("ballast_certificates_checked_timestamp_seconds")
            .help("When the node was looked at")
            .register(registry);
    renewals =
        Counter.builder()
            .name("ballast_certificates_renewals_total")
            .help("Renewals that were tried, by how they ended")
            .labelNames("outcome")
            .register(registry);
  }

  void record(AgentCycle cycle, Instant now) {
    var report = cycle.report();
    for (var entry : report.entries()) {
      if (entry.item().found() instanceof Found.Present present) {
        notAfter
            .labelValues(report.node(), entry.item().name(), present.file().toString())
            .set((double) present.first().getNotAfter().toInstant().getEpochSecond());
      }
    }
    for (var level : Finding.Level.values()) {
      findings
          .labelValues(report.node(), level.name().toLowerCase(Locale.ROOT))
          .set((double) report.count(level));
    }
    lastLook.set((double) now.getEpochSecond());
    cycle.outcome().ifPresent(outcome -> renewals.labelValues(word(outcome)).inc());
  }

  private static String word(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Unchanged _, Outcome.Refreshed _ -> "unchanged";
      case Outcome.Done _ -> "done";
      case Outcome.RolledBack _ -> "rolled_back";
      case Outcome.NotWell _ -> "not_well";
    };
  }
}
