package dev.ballast.cli.up;

import java.time.Duration;
import java.util.List;

/**
 * What one drill showed.
 *
 * @param from the node that owned the address
 * @param to the node that answered after it
 * @param outage how long the client was without an answer
 * @param back how long it was when the first owner took the address back
 * @param neighbour the client's line about the address afterwards, as {@code ip neigh} prints it
 */
record DrillResult(
    Fault fault, String from, String to, Duration outage, Duration back, String neighbour) {

  /** The middle one, or the mean of the two in the middle. */
  static Duration median(List<Duration> outages) {
    List<Duration> sorted = outages.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : sorted.get(half - 1).plus(sorted.get(half)).dividedBy(2);
  }

  static Duration worst(List<Duration> outages) {
    return outages.stream().max(Duration::compareTo).orElse(Duration.ZERO);
  }
}
