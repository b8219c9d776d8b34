package dev.ballast.certificates.agent;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.zip.CRC32;

/**
 * When a node renews: within a window before the end, each node at its own moment, so that not all
 * control planes of a cluster restart in one night. The moment follows from the name alone: it
 * survives restarts and needs no coordination.
 *
 * @param window how long before its end a certificate may be renewed
 */
public record DueDate(Duration window) {
  public DueDate {
    if (!window.isPositive()) {
      throw new IllegalArgumentException("window=" + window + " but must be positive");
    }
  }

  /** How long before its end this node renews: between half of the window and all of it. */
  public Duration ahead(String node) {
    var hash = new CRC32();
    hash.update(node.getBytes(StandardCharsets.UTF_8));
    // The second half of the window is kept for trying again.
    var half = window.dividedBy(2);
    return window.minus(half.multipliedBy(hash.getValue()).dividedBy(1L << 32));
  }

  /**
   * The same for a certificate of such a lifetime: of one that lives shorter than the window it is
   * never more than a third, or the new one would be due at once and its pods restarted for ever.
   */
  public Duration ahead(String node, Duration lifetime) {
    var third = lifetime.dividedBy(3);
    return third.compareTo(window) < 0 && third.isPositive()
        ? new DueDate(third).ahead(node)
        : ahead(node);
  }

  /** When this node renews what ends then. */
  public Instant of(String node, Instant notAfter) {
    return notAfter.minus(ahead(node));
  }
}
