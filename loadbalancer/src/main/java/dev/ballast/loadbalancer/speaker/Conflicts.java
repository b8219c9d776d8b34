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
 * a moment: who has just become the owner hears its predecessor, who is to stop soon hears its
 * successor, and who was late hears one that took over too early. Only who was the owner for some
 * time, still is some time later, and heard of no other speaker that answers for that address
 * meanwhile, has met a stranger. May be used by any thread.
 */
final class Conflicts {
  /** The same conflict is reported this often at most. */
  static final Duration REPEAT = Duration.ofSeconds(10);

  static final int MOST = 1_000;

  /** A claim as it was heard. */
  record Claim(Address address, Mac claimant, String link) {}

  private final long patience;
  private final Map<Address, Long> ownedSince = new HashMap<>();
  private final Map<Claim, Long> heard = new HashMap<>();
  private final Map<Claim, Long> reported = new HashMap<>();
  private final Map<Address, Long> explained = new HashMap<>();

  /** Waits so long before it believes a claim. */
  Conflicts(Duration patience) {
    this.patience = patience.toNanos();
  }

  /** A claim was heard at a moment of {@link System#nanoTime}. */
  synchronized void hear(Claim claim, long now) {
    reported.values().removeIf(last -> now - last >= REPEAT.toNanos());
    Long since = ownedSince.get(claim.address());
    boolean settled = since != null && now - since >= patience;
    Long other = explained.get(claim.address());
    boolean ofSpeaker = other != null && now - other < patience;
    if (settled && !ofSpeaker && !reported.containsKey(claim) && heard.size() < MOST) {
      heard.putIfAbsent(claim, now);
    }
  }

  /**
   * Another speaker says that it answers for these too: what was heard about them was it, and what
   * is heard next, for a claim and the packets that go with it come in any order. To be told of
   * every heartbeat that says so: it may say otherwise in the next one.
   */
  synchronized void explained(Set<Address> addresses, long now) {
    heard.keySet().removeIf(claim -> addresses.contains(claim.address()));
    addresses.stream().filter(ownedSince::containsKey).forEach(a -> explained.put(a, now));
  }

  /** What is to be reported by one who owns {@code owned}; claims on anything else are void. */
  synchronized List<Claim> due(Set<Address> owned, long now) {
    ownedSince.keySet().retainAll(owned);
    explained.keySet().retainAll(owned);
    owned.forEach(address -> ownedSince.putIfAbsent(address, now));
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
