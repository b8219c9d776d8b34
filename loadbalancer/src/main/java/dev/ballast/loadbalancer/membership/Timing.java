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
 * @param handover how long a speaker goes on answering for an address whose new owner does not
 *     claim it
 */
public record Timing(
    Duration beat,
    Duration lease,
    Duration silence,
    Duration join,
    Duration firstJoin,
    Duration handover) {

  /** The shortest beat; below it the look for silence is the coarser one. */
  public static final Duration SHORTEST_BEAT = Duration.ofMillis(10);

  /** What speakers use unless told otherwise: gone after 340 ms. */
  public static final Timing DEFAULT = of(Duration.ofMillis(70), Duration.ofMillis(340));

  public Timing {
    if (beat.compareTo(lease) >= 0 || lease.compareTo(silence) >= 0) {
      throw new IllegalArgumentException(
          "beat=%s must be shorter than lease=%s, and that shorter than silence=%s"
              .formatted(beat, lease, silence));
    }
  }

  /**
   * Returns the times that follow from two.
   *
   * @param silence at least three beats: one lost datagram must not move addresses
   */
  public static Timing of(Duration beat, Duration silence) {
    if (beat.compareTo(SHORTEST_BEAT) < 0 || silence.compareTo(beat.multipliedBy(3)) < 0) {
      throw new IllegalArgumentException(
          "the heartbeat interval is %d ms and the failure timeout %d ms; the interval must be at"
                  .formatted(beat.toMillis(), silence.toMillis())
              + " least 10 ms, and the timeout at least three intervals");
    }
    Duration join = silence.plus(beat);
    Duration first = join.multipliedBy(2);
    Duration second = Duration.ofSeconds(1);
    return new Timing(
        beat,
        // The rest is for a heartbeat on its way and for the others' looking.
        silence.multipliedBy(3).dividedBy(4),
        silence,
        join,
        first.compareTo(second) < 0 ? second : first,
        Duration.ofSeconds(2));
  }

  /**
   * How fresh a speaker must be for another one to say that it hears it: what it says arrives later
   * and must not keep a dead one alive for longer than its silence.
   */
  Duration recent() {
    return silence.minus(beat.multipliedBy(2));
  }
}
