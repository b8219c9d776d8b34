package dev.ballast.cli.up;

import java.time.Duration;
import java.util.List;

/** Whether what {@code up} claims was seen, and what was measured or missing. */
record Verdict(boolean ok, String why) {
  /** What is asked of failovers. */
  static final Duration MEDIAN = Duration.ofMillis(700);

  static final Duration WORST = Duration.ofMillis(1_500);

  /**
   * The longest outage allowed when a node comes back. Decision record 0003 promises that nobody
   * notices; a client that asks every 20 ms on a busy machine waits this long without any change.
   */
  static final Duration RETURN = Duration.ofMillis(500);

  /** Judges drills; one alone has to keep to the worst. */
  static Verdict of(List<DrillResult> results) {
    List<Duration> outages = results.stream().map(DrillResult::outage).toList();
    Duration back = DrillResult.worst(results.stream().map(DrillResult::back).toList());
    Duration median = DrillResult.median(outages);
    Duration worst = DrillResult.worst(outages);
    boolean ok =
        worst.compareTo(WORST) <= 0
            && back.compareTo(RETURN) <= 0
            && (results.size() == 1 || median.compareTo(MEDIAN) <= 0);
    String measured =
        "%d failover%s: outage %d ms median, %d ms worst; %d ms worst at return"
            .formatted(
                results.size(),
                results.size() == 1 ? "" : "s",
                median.toMillis(),
                worst.toMillis(),
                back.toMillis());
    return new Verdict(
        ok,
        ok
            ? measured
            : measured
                + "; at most %d, %d and %d ms were expected"
                    .formatted(MEDIAN.toMillis(), WORST.toMillis(), RETURN.toMillis()));
  }
}
