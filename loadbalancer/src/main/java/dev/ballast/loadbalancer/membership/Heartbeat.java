package dev.ballast.loadbalancer.membership;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * What a speaker tells the others each beat.
 *
 * @param node who speaks
 * @param life a random number for each time that it starts, or starts anew after a stall
 * @param sequence grows with each heartbeat of one life
 * @param phase what it may do now
 * @param claims the addresses that it answers for now, as {@link Claims#key} has them
 * @param claimsPart which part of the claims this is, where they do not fit into one datagram
 * @param claimsParts how many parts there are
 */
public record Heartbeat(
    String node,
    long life,
    long sequence,
    Phase phase,
    Set<Long> claims,
    int claimsPart,
    int claimsParts) {

  public Heartbeat {
    claims = Set.copyOf(claims);
    if (claimsPart < 0 || claimsPart >= claimsParts) {
      throw new IllegalArgumentException("part=" + claimsPart + " parts=" + claimsParts);
    }
  }

  /** What a speaker may do. */
  public enum Phase {
    /** It listens, and owns nothing yet. */
    JOINING(0),
    /** It may own addresses. */
    READY(1),
    /** It is about to stop, and answers until its successors claim. */
    LEAVING(2),
    /** It has stopped. */
    GONE(3);

    private final int code;

    Phase(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static Optional<Phase> of(int code) {
      return Arrays.stream(values()).filter(phase -> phase.code == code).findFirst();
    }
  }
}
