package dev.ballast.loadbalancer.membership;

import dev.ballast.loadbalancer.membership.Heartbeat.Phase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Finds out which speakers are alive from the heartbeats that arrive, and notices when its own
 * process was not running. It does no I/O and has no clock: times come in as nanoseconds of one
 * monotonic clock. Not thread-safe; only the {@link #lease} may be used from other threads.
 *
 * <p>A speaker is {@linkplain Phase#JOINING joining} when it starts and after its lease has run
 * out; it then has a new life, and the others count it as a candidate only when it says that it is
 * ready. It begins to listen when it is {@linkplain #expect told} who may be there, for until then
 * it believes nobody, and would take itself for the only one. A speaker that stalls again and again
 * joins for longer each time; when no other one is ready, it does not wait longer than the first
 * time, since then nobody else answers.
 */
public final class Detector {
  /** A life that was heard once is over when another begins; its late datagrams are ignored. */
  private static final int REMEMBERED_LIVES = 8;

  /** More speakers on one link than any switch forwards; beyond it new ones are not heard. */
  static final int MOST_PEERS = 1_000;

  private final String me;
  private final Timing timing;
  private final RandomGenerator random;
  private final Lease lease;
  private final Map<String, Peer> peers = new HashMap<>();
  private final Deque<Long> stalls = new ArrayDeque<>();
  private Phase phase = Phase.JOINING;
  private long life;
  private long sequence;
  private long joinedSince;
  private long lastTick;
  private Optional<Set<String>> expected = Optional.empty();
  private boolean strangersToHear = true;
  private boolean answering;

  public Detector(String me, Timing timing, RandomGenerator random, long now) {
    this.me = me;
    this.timing = timing;
    this.random = random;
    lease = new Lease(timing);
    life = random.nextLong();
    joinedSince = now;
    lastTick = now;
  }

  private static final class Peer {
    private final Deque<Long> formerLives = new ArrayDeque<>();
    private final Map<Integer, Set<Long>> claims = new HashMap<>();
    private long life;
    private long sequence = -1;
    private long heard;
    private Phase phase = Phase.JOINING;
    private int parts;

    Peer(long life) {
      this.life = life;
    }
  }

  /** The permission to answer; valid only while this speaker is ready or leaving. */
  public Lease lease() {
    return lease;
  }

  /**
   * Who else may be there, as the objects say; to be told before their heartbeats are. One that
   * answers for nothing and is told of others that it never heard listens anew: they may answer
   * already.
   */
  public void expect(Set<String> others, long now) {
    Set<String> strangers = new HashSet<>(others);
    strangers.remove(me);
    strangers.removeAll(peers.keySet());
    expected.ifPresent(strangers::removeAll);
    boolean first = expected.isEmpty();
    expected = Optional.of(Set.copyOf(others));
    if (phase == Phase.READY && !answering && !strangers.isEmpty()) {
      phase = Phase.JOINING;
      lease.end();
      strangersToHear = true;
      joinedSince = now;
    } else if (first && phase == Phase.JOINING) {
      joinedSince = now;
    }
  }

  /** Whether every other one was heard at some time. */
  private boolean allHeard() {
    return expected.orElse(Set.of()).stream()
        .allMatch(name -> name.equals(me) || peers.containsKey(name));
  }

  /** Takes in a heartbeat. Late, repeated and own ones change nothing. */
  public void heard(Heartbeat beat, long now) {
    if (beat.node().equals(me)) {
      return;
    }
    Peer peer = peers.get(beat.node());
    if (peer == null) {
      if (peers.size() >= MOST_PEERS) {
        return;
      }
      peer = new Peer(beat.life());
      peers.put(beat.node(), peer);
    }
    if (peer.formerLives.contains(beat.life())) {
      return;
    }
    if (peer.life != beat.life()) {
      peer.formerLives.addLast(peer.life);
      if (peer.formerLives.size() > REMEMBERED_LIVES) {
        peer.formerLives.removeFirst();
      }
      peer.life = beat.life();
      peer.sequence = -1;
      peer.claims.clear();
    }
    if (beat.sequence() <= peer.sequence) {
      return;
    }
    peer.sequence = beat.sequence();
    peer.heard = now;
    peer.phase = beat.phase();
    if (peer.parts != beat.claimsParts()) {
      peer.parts = beat.claimsParts();
      peer.claims.clear();
    }
    peer.claims.put(beat.claimsPart(), beat.claims());
  }

  /**
   * To be called several times a beat, and right before {@link #beat}: notices whether this process
   * itself was silent.
   */
  public void tick(long now) {
    boolean stalled = now - lastTick >= timing.lease().toNanos();
    lastTick = now;
    switch (phase) {
      case JOINING -> {
        if (stalled) {
          startAnew(now);
        } else if (expected.isPresent() && now - joinedSince >= joinTime(now)) {
          phase = Phase.READY;
          strangersToHear = false;
          lease.grant(now);
        }
      }
      case READY, LEAVING -> {
        if (stalled || !lease.valid(now)) {
          startAnew(now);
        }
      }
      case GONE -> {}
    }
    if (!stalled) {
      forgetSilent(now);
    }
  }

  /** After a stall nothing that was known about the others is still known. */
  private void startAnew(long now) {
    lease.end();
    phase = phase == Phase.LEAVING ? Phase.GONE : Phase.JOINING;
    life = random.nextLong();
    sequence = 0;
    joinedSince = now;
    stalls.addLast(now);
    // Others that were alive before the stall are given the time of one silence to be heard again.
    peers.values().forEach(peer -> peer.heard = now);
    peers.values().forEach(peer -> peer.claims.clear());
  }

  private void forgetSilent(long now) {
    for (Iterator<Peer> all = peers.values().iterator(); all.hasNext(); ) {
      Peer peer = all.next();
      boolean longGone = now - peer.heard > 600 * timing.silence().toNanos();
      if (longGone) {
        all.remove();
      }
    }
  }

  private long joinTime(long now) {
    long join = timing.join().toNanos();
    long minute = 60_000_000_000L;
    while (!stalls.isEmpty() && now - stalls.getFirst() > minute) {
      stalls.removeFirst();
    }
    if (strangersToHear && !allHeard()) {
      return Math.max(join, timing.firstJoin().toNanos());
    }
    boolean othersReady = peers.values().stream().anyMatch(p -> alive(p, now) && ready(p));
    if (!othersReady) {
      return join;
    }
    int doublings = Math.clamp(stalls.size() - 1L, 0, 16);
    return Math.min(join << doublings, timing.longestJoin().toNanos());
  }

  private boolean alive(Peer peer, long now) {
    return now - peer.heard < timing.silence().toNanos() && peer.phase != Phase.GONE;
  }

  private static boolean ready(Peer peer) {
    return peer.phase == Phase.READY;
  }

  /** Stops being a candidate; what it answers for it keeps until successors claim it. */
  public void leave() {
    if (phase == Phase.READY) {
      phase = Phase.LEAVING;
    } else {
      gone();
    }
  }

  /** Stops answering. */
  public void gone() {
    phase = Phase.GONE;
    lease.end();
  }

  /**
   * What to send to each other speaker now, given what this one answers for. This prolongs the
   * lease, from before the sending: the others hear of it later than it counts here.
   */
  public List<Heartbeat> beat(Set<Long> answersFor, long now) {
    if ((phase == Phase.READY || phase == Phase.LEAVING) && !lease.renew(now)) {
      startAnew(now);
    }
    answering = !answersFor.isEmpty();
    List<Heartbeat> beats = new ArrayList<>();
    List<Long> claims = answersFor.stream().sorted().limit(Claims.MOST).toList();
    int parts = Math.max(1, (claims.size() + Codec.CLAIMS_IN_ONE - 1) / Codec.CLAIMS_IN_ONE);
    for (int part = 0; part < parts; part++) {
      List<Long> some =
          claims.subList(
              part * Codec.CLAIMS_IN_ONE,
              Math.min(claims.size(), (part + 1) * Codec.CLAIMS_IN_ONE));
      beats.add(new Heartbeat(me, life, sequence++, phase, Set.copyOf(some), part, parts));
    }
    return beats;
  }

  /** Who is there. */
  public View view(long now) {
    Set<String> ready = new TreeSet<>();
    Map<String, Set<Long>> claimed = new HashMap<>();
    if (phase == Phase.READY) {
      ready.add(me);
    }
    peers.forEach((name, peer) -> {
      if (alive(peer, now)) {
        if (ready(peer)) {
          ready.add(name);
        }
        Set<Long> all = new HashSet<>();
        peer.claims.values().forEach(all::addAll);
        claimed.put(name, all);
      }
    });
    return new View(me, phase, ready, claimed);
  }
}
