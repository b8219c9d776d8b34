package dev.ballast.loadbalancer.membership;

import java.time.Duration;

/**
 * The times of the failure detector.
 *
 * @param beat between two heartbeats
 * @param lease how long after its last heartbeat a speaker may still answer for an address
 * @param silence after how long without a heartbeat a speaker counts as gone; longer than the
 *     lease, so that nobody takes over from one that still answers
 * @param join how long a speaker listens before it may own anything
 * @param firstJoin how long it listens at its start while somebody whom the objects name was not
 *     heard yet
 * @param longestJoin the limit to which that time grows for a speaker that stalls again and again
 * @param handover how long a speaker goes on answering for an address whose new owner does not
 *     claim it
 */
public record Timing(
    Duration beat,
    Duration lease,
    Duration silence,
    Duration join,
    Duration firstJoin,
    Duration longestJoin,
    Duration handover) {

  /** What speakers use unless told otherwise: gone after 400 ms. */
  public static final Timing DEFAULT =
      new Timing(
          Duration.ofMillis(100),
          Duration.ofMillis(300),
          Duration.ofMillis(400),
          Duration.ofMillis(350),
          Duration.ofSeconds(1),
          Duration.ofSeconds(10),
          Duration.ofSeconds(2));

  public Timing {
    if (beat.compareTo(lease) >= 0 || lease.compareTo(silence) >= 0) {
      throw new IllegalArgumentException(
          "beat=%s must be shorter than lease=%s, and that shorter than silence=%s"
              .formatted(beat, lease, silence));
    }
  }
}
