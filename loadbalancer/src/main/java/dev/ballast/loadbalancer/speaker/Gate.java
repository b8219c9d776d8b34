package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Mac;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which addresses this speaker must not answer for since another station does: known by a probe
 * before the first announcement (RFC 5227), or because a speaker whose heartbeats do not arrive
 * here says on the link that it has the address (fencing). Asks again until that station is silent.
 * May be used by any thread.
 */
final class Gate {
  /** How long the answer to a probe is waited for. */
  static final Duration PROBE = Duration.ofMillis(200);

  /** Between two probes of one address. */
  static final Duration AGAIN = Duration.ofMillis(90);

  /** A station that does not answer for so long has the address no longer. */
  static final Duration SILENT = Duration.ofSeconds(1);

  /** Who took over an address this short ago may have met one that did so at the same moment. */
  static final Duration YOUNG = Duration.ofSeconds(1);

  /** A probe for an address that nobody asked about for so long is forgotten. */
  private static final Duration FORGET = Duration.ofSeconds(10);

  private static final int MOST = 100_000;

  /** What follows from another station's claim. */
  enum Effect {
    /** Nothing, or nothing new. */
    NONE,
    /** The address is kept, and it is to be said at once whose it is. */
    DEFENDED,
    /** The address is given up, or not taken. */
    CLOSED
  }

  /** A station that answered. */
  record Station(Mac mac, String link) {}

  private static final class State {
    private long start;
    private long asked;
    private long probed;
    private boolean open;
    private Optional<Station> station = Optional.empty();
    private long heard;

    State(long now) {
      start = now;
      asked = now;
      probed = now - AGAIN.toNanos();
    }
  }

  private final Map<Address, State> states = new HashMap<>();
  private final Map<Address, Long> ownedSince = new HashMap<>();

  /**
   * Why these may not be answered for; nothing if they may.
   *
   * @param takeOver whether another speaker had them until now: there is no time to ask
   */
  synchronized Optional<String> closed(Collection<Address> addresses, boolean takeOver, long now) {
    Optional<String> why = Optional.empty();
    for (Address address : addresses) {
      State state = states.get(address);
      if (state == null) {
        if (takeOver || states.size() >= MOST) {
          continue;
        }
        state = new State(now);
        states.put(address, state);
      }
      state.asked = now;
      Optional<String> one = closed(address, state, takeOver, now);
      why = why.isPresent() ? why : one;
    }
    return why;
  }

  private static Optional<String> closed(Address address, State state, boolean takeOver, long now) {
    if (state.station.isPresent()) {
      if (now - state.heard < SILENT.toNanos()) {
        return Optional.of(
            "%s on %s answers for %s; it is asked again until it is silent"
                .formatted(state.station.get().mac(), state.station.get().link(), address));
      }
      state.station = Optional.empty();
      state.open = true;
    }
    if (state.open || takeOver || now - state.start >= PROBE.toNanos()) {
      state.open = true;
      return Optional.empty();
    }
    return Optional.of("it asks whether another station has " + address);
  }

  /** Whether an address that is answered for is to be given up. */
  synchronized Optional<String> fenced(Collection<Address> addresses, long now) {
    for (Address address : addresses) {
      State state = states.get(address);
      if (state != null && state.station.isPresent()) {
        Optional<String> why = closed(address, state, true, now);
        if (why.isPresent()) {
          state.asked = now;
          return why;
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Another station says that it has an address. One that is owned is given up only to a speaker;
   * of two that took it over at the same moment, the one with the lower Ethernet address keeps it.
   *
   * @param speaker whether it is a speaker whose heartbeats do not arrive
   */
  synchronized Effect hear(Address address, Station station, boolean speaker, Mac own, long now) {
    Long since = ownedSince.get(address);
    State state = states.get(address);
    if (since != null) {
      boolean young = now - since < YOUNG.toNanos();
      if (!speaker) {
        return Effect.NONE;
      }
      if (young && own.bits() < station.mac().bits()) {
        return Effect.DEFENDED;
      }
      if (state == null) {
        state = new State(now);
        states.put(address, state);
      }
      ownedSince.remove(address);
    } else if (state == null || (state.open && !speaker)) {
      return Effect.NONE;
    }
    boolean first = state.station.isEmpty();
    state.station = Optional.of(station);
    state.heard = now;
    state.open = false;
    return first ? Effect.CLOSED : Effect.NONE;
  }

  /** What is answered for now. */
  synchronized void owned(Set<Address> owned, long now) {
    ownedSince.keySet().retainAll(owned);
    owned.forEach(address -> ownedSince.putIfAbsent(address, now));
    // What was owned and is not any more is asked about again before the next time.
    states
        .entrySet()
        .removeIf(one ->
            owned.contains(one.getKey())
                ? one.getValue().open
                : now - one.getValue().asked >= FORGET.toNanos());
  }

  /** The addresses to ask about now; asking is up to the caller. */
  synchronized List<Address> due(long now) {
    List<Address> due = new ArrayList<>();
    states.forEach((address, state) -> {
      if (!state.open && now - state.probed >= AGAIN.toNanos()) {
        state.probed = now;
        due.add(address);
      }
    });
    return due;
  }

  /** The addresses about which answers must be received. */
  synchronized Set<Address> watched() {
    return new HashSet<>(states.keySet());
  }

  /** Whether something is asked about. */
  synchronized boolean busy() {
    return states.values().stream().anyMatch(state -> !state.open);
  }
}
