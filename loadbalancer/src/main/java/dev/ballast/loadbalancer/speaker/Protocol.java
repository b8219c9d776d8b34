package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.membership.View;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A way to announce addresses. {@link #decide} and {@link #apply} are called by the speaker's
 * thread alone, one after the other; the rest by any.
 *
 * @param <P> what it decides
 */
interface Protocol<P> extends AutoCloseable {
  /** The name in events and metrics, as {@code layer2}. */
  String name();

  /** The families of addresses that it announces. */
  Set<Family> families();

  void start() throws IOException;

  /** Decides; sends nothing. */
  P decide(Knowledge knowledge, View view, long now);

  /** Makes it so. */
  void apply(P plan, View view, long now);

  /** How the speaker stands to each service, by what was applied last. */
  Map<String, Standing> standings();

  /** What it tells other speakers that it answers for, by what was applied last. */
  Set<Long> claims();

  /** After how long there is something to decide again if nothing happens. */
  Duration pause(long now);

  /** Why it cannot announce anything; nothing if it can. */
  Optional<String> unable();

  /** Stops announcing at once. */
  @Override
  void close();
}
