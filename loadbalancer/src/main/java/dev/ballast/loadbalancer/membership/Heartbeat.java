package dev.ballast.loadbalancer.membership;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a speaker tells another one each beat.
 *
 * @param node its sender
 * @param incarnation a random number for each start of the sender's process
 * @param sequence grows with each heartbeat of one incarnation
 * @param phase what the sender may do now
 * @param links where the sender can answer; empty when it can answer nowhere
 * @param hears the other speakers that the sender hears, by {@link #id} of their node
 * @param hearsAll whether {@code hears} is complete
 * @param claims the addresses that the sender answers for, as {@link Claims#key} has them
 * @param claimsPart which part of the claims this is, where they do not fit into one datagram
 * @param claimsParts how many parts there are
 * @param challenge what the receiver must echo before the sender believes in a new incarnation of
 *     it
 * @param echo the challenge that the receiver sent; proves that this heartbeat is not an old one
 */
public record Heartbeat(
    String node,
    long incarnation,
    long sequence,
    Phase phase,
    Set<Link> links,
    Map<Integer, Heard> hears,
    boolean hearsAll,
    Set<Long> claims,
    int claimsPart,
    int claimsParts,
    long challenge,
    long echo) {

  public Heartbeat {
    links = Set.copyOf(links);
    hears = Map.copyOf(hears);
    claims = Set.copyOf(claims);
    if (claimsPart < 0 || claimsPart >= claimsParts) {
      throw new IllegalArgumentException("part=" + claimsPart + " parts=" + claimsParts);
    }
  }

  /** The same for another receiver. */
  Heartbeat to(long challengeOfSender, long echoOfReceiver) {
    return new Heartbeat(
        node,
        incarnation,
        sequence,
        phase,
        links,
        hears,
        hearsAll,
        claims,
        claimsPart,
        claimsParts,
        challengeOfSender,
        echoOfReceiver);
  }

  /** Returns the short name of a node in {@code hears}. */
  static int id(String node) {
    return (int) Claims.key(node);
  }

  /**
   * An interface on which a speaker can answer.
   *
   * @param mac its Ethernet address, in the lower 48 bits
   */
  public record Link(String name, long mac) {}

  /**
   * What one speaker knows of another that it hears.
   *
   * @param able whether that one can answer on any link
   */
  record Heard(Phase phase, boolean able) {}

  /** What a speaker may do. */
  public enum Phase {
    /** It listens, and owns nothing yet. */
    JOINING(0),
    /** It may own addresses. */
    READY(1),
    /** It is about to stop, and answers until its successors claim. */
    LEAVING(2),
    /** It has stopped. */
    GONE(3),
    /**
     * It did not run for longer than its lease, and answers nothing until it knows whether another
     * one took over meanwhile. What nobody took over it keeps.
     */
    LATE(4);

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
