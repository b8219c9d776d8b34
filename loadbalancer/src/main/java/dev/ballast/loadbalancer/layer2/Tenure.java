package dev.ballast.loadbalancer.layer2;

import dev.ballast.loadbalancer.membership.Claims;
import dev.ballast.loadbalancer.membership.Heartbeat.Phase;
import dev.ballast.loadbalancer.membership.View;
import java.time.Duration;
import java.util.Optional;

/**
 * Whether this speaker answers for one address: from when it is elected until its successor says
 * that it answers. So a change of owner among living speakers has no gap: for a moment both answer,
 * never neither.
 *
 * @param answering whether it answers now
 * @param elsewhereSince since when another one is elected, in nanoseconds; meaningful only while it
 *     still answers
 */
public record Tenure(boolean answering, long elsewhereSince) {
  /** It does not answer. */
  public static final Tenure NONE = new Tenure(false, 0);

  private static final long HERE = Long.MIN_VALUE;

  /**
   * What follows, given who is elected and who is there.
   *
   * @param address the address that the election was about
   * @param patience how long to go on answering for a successor that does not claim
   */
  public Tenure next(
      Optional<String> elected, String address, View view, Duration patience, long now) {
    boolean mine = elected.filter(view.me()::equals).isPresent();
    if (mine && (view.mine() == Phase.READY || (view.mine() == Phase.LATE && answering))) {
      return new Tenure(true, HERE);
    }
    // One that was late answers nothing now, and another one is elected: there is no gap to bridge.
    boolean mayGoOn = view.mine() == Phase.READY || view.mine() == Phase.LEAVING;
    if (!answering || !mayGoOn || elected.isEmpty()) {
      return NONE;
    }
    if (view.claims(elected.get(), Claims.key(address))) {
      return NONE;
    }
    long since = elsewhereSince == HERE ? now : elsewhereSince;
    return now - since < patience.toNanos() ? new Tenure(true, since) : NONE;
  }
}
