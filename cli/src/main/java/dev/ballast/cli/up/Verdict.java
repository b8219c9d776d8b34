package dev.ballast.cli.up;

import java.time.Duration;
import java.util.List;

/** Whether what {@code up} claims was seen, and what was measured or missing. */
record Verdict(boolean ok, String why) {
  /** What is asked of failovers. */
  static final Duration MEDIAN = Duration.ofMillis(700);

  static final Duration WORST = Duration.ofMillis(1_500);

  /** Judges drills; one alone has to keep to the worst. */
  static Verdict of(List<DrillResult> results) {
    List<Duration> outages = results.stream().map(DrillResult::outage).toList();
    Duration median = DrillResult.median(outages);
    Duration worst = DrillResult.worst(outages);
    boolean ok =
        worst.compareTo(WORST) <= 0 && (results.size() == 1 || median.compareTo(MEDIAN) <= 0);
    String measured =
        "%d failover%s, a client was without an answer for %d ms (median), %d ms (worst)"
            .formatted(
                results.size(),
                results.size() == 1 ? "" : "s",
                median.toMillis(),
                worst.toMillis());
    return new Verdict(
        ok,
        ok
            ? measured
            : measured
                + "; at most %d and %d were expected"
                    .formatted(MEDIAN.toMillis(), WORST.toMillis()));
  }
}
