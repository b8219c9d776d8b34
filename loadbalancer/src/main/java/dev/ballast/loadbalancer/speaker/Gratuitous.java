package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * When to say unasked where an address is: at once, soon again in case the first was lost, then
 * every 1.1 s for five seconds, as MetalLB does, and then at the interval that was asked for, since
 * some routers ignore or forget the first ones. One thread.
 */
final class Gratuitous {
  private static final List<Duration> OFFSETS =
      List.of(
          Duration.ZERO,
          Duration.ofMillis(100),
          Duration.ofMillis(1_100),
          Duration.ofMillis(2_200),
          Duration.ofMillis(3_300),
          Duration.ofMillis(4_400));

  private final long interval;

  /** Begins with nothing; an interval of zero ends each round after five seconds. */
  Gratuitous(Duration interval) {
    this.interval = interval.toNanos();
  }

  private final class Round {
    private final long start;
    private long sent;

    Round(long start) {
      this.start = start;
    }

    boolean over() {
      return interval == 0 && sent == OFFSETS.size();
    }

    long due() {
      return sent < OFFSETS.size()
          ? start + OFFSETS.get((int) sent).toNanos()
          : start + OFFSETS.getLast().toNanos() + (sent - OFFSETS.size() + 1L) * interval;
    }
  }

  private final Map<Address, Round> rounds = new HashMap<>();

  /** Begins again for these addresses. */
  void start(Set<Address> addresses, long now) {
    addresses.forEach(address -> rounds.put(address, new Round(now)));
  }

  /** Ends what is not announced any more. */
  void retain(Set<Address> announced) {
    rounds.keySet().retainAll(announced);
  }

  /** What is to be said now; saying it is up to the caller. */
  List<Address> due(long now) {
    List<Address> due = new ArrayList<>();
    rounds.forEach((address, round) -> {
      if (now - round.due() >= 0) {
        due.add(address);
        // What was missed while the process did not run is not made up for.
        while (!round.over() && now - round.due() >= 0) {
          round.sent++;
        }
      }
    });
    rounds.values().removeIf(Round::over);
    return due;
  }

  /** When {@link #due} has something again. */
  OptionalLong next() {
    return rounds.values().stream().mapToLong(Round::due).min();
  }
}
