package dev.ballast.cli.up;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The longest time that a client was without an answer.
 *
 * @param length from the one answer to the next
 * @param before what the last answer said
 * @param after what the next one said
 */
record Outage(Duration length, String before, String after) {

  /**
   * The longest between two answers of which the second came after a moment; empty when there is no
   * answer before, or none to a fetch that began after.
   */
  static Optional<Outage> after(long moment, List<Fetching.Answer> answers) {
    Outage longest = null;
    boolean begunAfter = false;
    for (int i = 1; i < answers.size(); i++) {
      Fetching.Answer former = answers.get(i - 1);
      Fetching.Answer next = answers.get(i);
      if (next.ended() - moment < 0) {
        continue;
      }
      begunAfter |= next.began() - moment >= 0;
      Duration length = Duration.ofNanos(next.ended() - former.ended());
      if (longest == null || length.compareTo(longest.length()) > 0) {
        longest = new Outage(length, former.body(), next.body());
      }
    }
    return begunAfter ? Optional.ofNullable(longest) : Optional.empty();
  }
}
