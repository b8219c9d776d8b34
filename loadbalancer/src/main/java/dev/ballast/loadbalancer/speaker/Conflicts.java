package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Mac;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Other stations that claim what this speaker answers for. While owners change, two speakers do for
 * a moment, and the one that is to stop soon does: only who is still the owner some time later has
 * met a stranger. May be used by any thread.
 */
final class Conflicts {
  /** The same conflict is reported this often at most. */
  static final Duration REPEAT = Duration.ofSeconds(10);

  static final int MOST = 1_000;

  /** A claim as it was heard. */
  record Claim(Address address, Mac claimant, String link) {}

  private final long patience;
  private final Map<Claim, Long> heard = new HashMap<>();
  private final Map<Claim, Long> reported = new HashMap<>();

  /** Waits so long before it believes a claim. */
  Conflicts(Duration patience) {
    this.patience = patience.toNanos();
  }

  /** A claim was heard at a moment of {@link System#nanoTime}. */
  synchronized void hear(Claim claim, long now) {
    reported.values().removeIf(last -> now - last >= REPEAT.toNanos());
    if (!reported.containsKey(claim) && heard.size() < MOST) {
      heard.putIfAbsent(claim, now);
    }
  }

  /** What is to be reported by one who owns {@code owned}; claims on anything else are void. */
  synchronized List<Claim> due(Set<Address> owned, long now) {
    heard.keySet().removeIf(claim -> !owned.contains(claim.address()));
    List<Claim> due = new ArrayList<>();
    heard.forEach((claim, since) -> {
      if (now - since >= patience) {
        due.add(claim);
      }
    });
    for (Claim claim : due) {
      heard.remove(claim);
      if (reported.size() < MOST) {
        reported.put(claim, now);
      }
    }
    return due;
  }
}
