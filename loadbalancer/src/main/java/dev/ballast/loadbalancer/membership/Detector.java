package dev.ballast.loadbalancer.membership;

import dev.ballast.loadbalancer.membership.Heartbeat.Heard;
import dev.ballast.loadbalancer.membership.Heartbeat.Link;
import dev.ballast.loadbalancer.membership.Heartbeat.Phase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
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
 * <p><b>Incarnations.</b> Another incarnation of a speaker is believed only when it echoes a
 * challenge that this one drew for it after the former incarnation was believed. So a heartbeat
 * recorded at any earlier time changes nothing, and a forged one does so only when its sender can
 * read what is sent to the real one.
 *
 * <p><b>Who is alive.</b> A speaker that is heard, or that another one which is heard says it hears
 * now. Who learns from a ready speaker's heartbeats that it is not heard by it, directly or through
 * a third, yields to it: that one believes that it is alone.
 *
 * <p><b>Late.</b> A speaker that did not run for longer than its lease answers nothing, and tells
 * so, until it has heard the others again. What nobody else claims by then it still owns.
 */
public final class Detector {
  /** More speakers on one link than any switch forwards; beyond it new ones are not heard. */
  static final int MOST_PEERS = 1_000;

  /** Answers to one sender that is not believed yet come this often at most. */
  private static final long ANSWER_NANOS = 10_000_000;

  private final String me;
  private final Timing timing;
  private final RandomGenerator random;
  private final Lease lease;
  private final long incarnation;
  private final Map<String, Peer> peers = new HashMap<>();
  private Phase phase = Phase.JOINING;
  private boolean leaving;
  private long sequence;
  private long since;
  private long lastTick;
  private Set<Link> links = Set.of();
  private boolean linksKnown;
  private Optional<Set<String>> expected = Optional.empty();
  private boolean strangersToHear = true;
  private boolean answering;
  private long timesLate;

  public Detector(String me, Timing timing, RandomGenerator random, long now) {
    this.me = me;
    this.timing = timing;
    this.random = random;
    lease = new Lease(timing);
    incarnation = random.nextLong();
    since = now;
    lastTick = now;
  }

  /** The permission to answer; valid only while this speaker is ready or leaving. */
  public Lease lease() {
    return lease;
  }

  /** How often this process did not run for longer than its lease. */
  public long timesLate() {
    return timesLate;
  }

  /** Where this speaker can answer from now on; before the first time nobody asks. */
  public void able(Set<Link> now) {
    links =
        Set.copyOf(
            now.stream().sorted(Comparator.comparing(Link::name)).limit(Codec.MOST_LINKS).toList());
    linksKnown = true;
  }

  /**
   * Who else may be there, as the objects say; to be told before their heartbeats are. One that
   * answers for nothing and is told of others that it never heard listens again: they may answer
   * already.
   */
  public void expect(Set<String> others, long now) {
    Set<String> strangers = new HashSet<>(others);
    strangers.remove(me);
    strangers.removeAll(believed());
    expected.ifPresent(strangers::removeAll);
    boolean first = expected.isEmpty();
    expected = Optional.of(Set.copyOf(others));
    peers.keySet().retainAll(others);
    for (String other : others) {
      if (!other.equals(me) && peers.size() < MOST_PEERS) {
        peers.computeIfAbsent(other, _ -> new Peer(random.nextLong(), now));
      }
    }
    if (phase == Phase.READY && !answering && !strangers.isEmpty()) {
      phase = Phase.JOINING;
      lease.end();
      strangersToHear = true;
      since = now;
    } else if (first && phase == Phase.JOINING) {
      since = now;
    }
  }

  private Set<String> believed() {
    Set<String> believed = new HashSet<>();
    peers.forEach((name, peer) -> {
      if (peer.believed) {
        believed.add(name);
      }
    });
    return believed;
  }

  /** What became of a heartbeat. */
  public enum Reception {
    /** It is taken in. */
    TAKEN,
    /** It is late, repeated, of this speaker itself or of one that is not expected. */
    IGNORED,
    /** Its sender did not echo the challenge: it is to be {@linkplain #answer answered}. */
    UNPROVEN
  }

  /** Takes in a heartbeat. */
  public Reception heard(Heartbeat beat, long now) {
    Peer peer = peers.get(beat.node());
    if (peer == null) {
      return Reception.IGNORED;
    }
    if (!peer.believed || peer.incarnation != beat.incarnation()) {
      if (beat.echo() != peer.challenge) {
        boolean may = now - peer.answered >= ANSWER_NANOS;
        peer.answered = may ? now : peer.answered;
        return may ? Reception.UNPROVEN : Reception.IGNORED;
      }
      peer.become(beat, random.nextLong(), now);
    } else if (beat.sequence() <= peer.sequence) {
      return Reception.IGNORED;
    }
    peer.take(beat, now);
    return Reception.TAKEN;
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
          since = now;
          giveTime(now);
        } else if (expected.isPresent() && now - since >= joinTime()) {
          phase = leaving ? Phase.GONE : Phase.READY;
          strangersToHear = false;
          lease.grant(now);
        }
      }
      case READY, LEAVING -> {
        if (stalled || !lease.valid(now)) {
          late(now);
        }
      }
      case LATE -> {
        if (stalled) {
          late(now);
        } else if (now - since >= lateTime()) {
          phase = leaving ? Phase.LEAVING : Phase.READY;
          lease.grant(now);
        }
      }
      case GONE -> {}
    }
    for (Peer peer : peers.values()) {
      if (!alive(peer, now) || seenBy(peer, now)) {
        peer.unheardSince = now;
      }
    }
  }

  /** After a stall nothing that was known about the others is still known. */
  private void late(long now) {
    lease.end();
    phase = Phase.LATE;
    since = now;
    timesLate++;
    giveTime(now);
  }

  /** Others that were alive before are given the time of one silence to be heard again. */
  private void giveTime(long now) {
    for (Peer peer : peers.values()) {
      if (peer.believed) {
        peer.heard = now;
      }
      peer.forgetClaims();
    }
  }

  /** Two beats of everybody, and the time that a take-over may need to show. */
  private long lateTime() {
    return timing.beat().multipliedBy(2).plusMillis(50).toNanos();
  }

  private long joinTime() {
    boolean waiting = strangersToHear && peers.values().stream().anyMatch(peer -> !peer.believed);
    return (waiting ? timing.firstJoin() : timing.join()).toNanos();
  }

  /** When {@link #tick} may have something to notice, if no heartbeat comes before. */
  public long nextChange(long now) {
    long next = now + timing.beat().toNanos();
    if (phase == Phase.JOINING) {
      next = Math.min(next, since + joinTime());
    } else if (phase == Phase.LATE) {
      next = Math.min(next, since + lateTime());
    }
    for (Peer peer : peers.values()) {
      if (alive(peer, now)) {
        next = Math.min(next, peer.heard + timing.silence().toNanos());
      }
    }
    return next;
  }

  /** Stops being a candidate; what it answers for it keeps until successors claim it. */
  public void leave() {
    leaving = true;
    switch (phase) {
      case READY -> phase = Phase.LEAVING;
      case JOINING -> gone();
      case LEAVING, LATE, GONE -> {}
    }
  }

  /** Stops answering. */
  public void gone() {
    phase = Phase.GONE;
    lease.end();
  }

  /**
   * What to send to each other speaker now, given what this one answers for; {@link #addressed}
   * makes it one for a certain receiver. This prolongs the lease, from before the sending: the
   * others hear of it later than it counts here.
   */
  public List<Heartbeat> beat(Set<Long> answersFor, long now) {
    if ((phase == Phase.READY || phase == Phase.LEAVING) && !lease.renew(now)) {
      late(now);
    }
    answering = !answersFor.isEmpty();
    return heartbeats(answersFor, now);
  }

  /** What to send to one whose heartbeat was {@link Reception#UNPROVEN}; prolongs nothing. */
  public List<Heartbeat> answer(Heartbeat to, Set<Long> answersFor, long now) {
    Peer peer = peers.get(to.node());
    return peer == null
        ? List.of()
        : heartbeats(answersFor, now).stream()
            .map(beat -> beat.to(peer.challenge, to.challenge()))
            .toList();
  }

  private List<Heartbeat> heartbeats(Set<Long> answersFor, long now) {
    List<Long> claims = answersFor.stream().sorted().limit(Claims.MOST).toList();
    int parts = Math.max(1, (claims.size() + Codec.CLAIMS_IN_ONE - 1) / Codec.CLAIMS_IN_ONE);
    Map<Integer, Heard> hears = hears(now);
    boolean all = hears.size() <= Codec.MOST_HEARD;
    List<Heartbeat> beats = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      List<Long> some =
          claims.subList(
              part * Codec.CLAIMS_IN_ONE,
              Math.min(claims.size(), (part + 1) * Codec.CLAIMS_IN_ONE));
      beats.add(
          new Heartbeat(
              me,
              incarnation,
              sequence++,
              phase,
              links,
              all ? hears : Map.of(),
              all,
              Set.copyOf(some),
              part,
              parts,
              0,
              0));
    }
    return beats;
  }

  private Map<Integer, Heard> hears(long now) {
    Map<Integer, Heard> hears = new HashMap<>();
    peers.forEach((name, peer) -> {
      if (peer.believed && now - peer.heard < timing.recent().toNanos()) {
        hears.put(Heartbeat.id(name), new Heard(peer.phase, !peer.links.isEmpty()));
      }
    });
    return hears;
  }

  /** A heartbeat as one receiver gets it. */
  public Heartbeat addressed(Heartbeat beat, String to) {
    Peer peer = peers.get(to);
    return peer == null ? beat : beat.to(peer.challenge, peer.echo);
  }

  private boolean alive(Peer peer, long now) {
    return peer.believed
        && now - peer.heard < timing.silence().toNanos()
        && peer.phase != Phase.GONE;
  }

  /** Whether another speaker counts this one as alive. */
  private boolean seenBy(Peer peer, long now) {
    int mine = Heartbeat.id(me);
    if (!peer.hearsAll || peer.hears.containsKey(mine)) {
      return true;
    }
    return peers.entrySet().stream()
        .anyMatch(third ->
            third.getValue() != peer
                && alive(third.getValue(), now)
                && third.getValue().hears.containsKey(mine)
                && peer.hears.containsKey(Heartbeat.id(third.getKey())));
  }

  /** What those that are heard say of one that is not. */
  private Optional<Heard> relayed(String name, long now) {
    int id = Heartbeat.id(name);
    return peers.entrySet().stream()
        .filter(third -> !third.getKey().equals(name) && alive(third.getValue(), now))
        .sorted(Map.Entry.comparingByKey())
        .flatMap(third -> Optional.ofNullable(third.getValue().hears.get(id)).stream())
        .filter(heard -> heard.phase() != Phase.GONE)
        .findFirst();
  }

  private static boolean candidate(Phase phase) {
    return phase == Phase.READY || phase == Phase.LATE;
  }

  /** Who is there. */
  public View view(long now) {
    Set<String> ready = new TreeSet<>();
    Set<String> late = new TreeSet<>();
    Map<String, Set<Long>> claimed = new HashMap<>();
    Map<String, Set<Link>> where = new HashMap<>();
    Map<Long, String> macs = new HashMap<>();
    Optional<String> unheardBy = Optional.empty();
    for (Map.Entry<String, Peer> entry : new java.util.TreeMap<>(peers).entrySet()) {
      String name = entry.getKey();
      Peer peer = entry.getValue();
      peer.links.forEach(link -> macs.put(link.mac(), name));
      Optional<Heard> state =
          alive(peer, now)
              ? Optional.of(new Heard(peer.phase, !peer.links.isEmpty()))
              : peer.phase == Phase.GONE ? Optional.empty() : relayed(name, now);
      if (state.isEmpty()) {
        continue;
      }
      if (candidate(state.get().phase())) {
        ready.add(name);
      }
      if (state.get().phase() == Phase.LATE) {
        late.add(name);
      }
      claimed.put(name, peer.claims());
      if (alive(peer, now)) {
        where.put(name, peer.links);
        boolean unheard =
            peer.phase == Phase.READY && now - peer.unheardSince >= timing.silence().toNanos();
        unheardBy = unheard && unheardBy.isEmpty() ? Optional.of(name) : unheardBy;
      } else if (!state.get().able()) {
        where.put(name, Set.of());
      }
    }
    if (linksKnown) {
      where.put(me, links);
    }
    if (candidate(phase) && unheardBy.isEmpty()) {
      ready.add(me);
    }
    if (phase == Phase.LATE) {
      late.add(me);
    }
    return new View(me, phase, ready, late, claimed, where, macs, unheardBy);
  }
}
