package dev.ballast.loadbalancer.membership;

import dev.ballast.loadbalancer.membership.Heartbeat.Heard;
import dev.ballast.loadbalancer.membership.Heartbeat.Link;
import dev.ballast.loadbalancer.membership.Heartbeat.Phase;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What one speaker knows of another. Only {@link Detector} uses it. */
final class Peer {
  /** What this peer must echo before another incarnation of it is believed. */
  long challenge;

  /** The last challenge of its believed incarnation. */
  long echo;

  boolean believed;
  long incarnation;
  long sequence = -1;
  long heard;
  long answered;
  Phase phase = Phase.JOINING;
  Set<Link> links = Set.of();
  Map<Integer, Heard> hears = Map.of();
  boolean hearsAll;

  /** Since when its list of those that it hears lacks this speaker. */
  long unheardSince;

  private final Map<Integer, Set<Long>> claims = new HashMap<>();
  private int parts;

  Peer(long challenge, long now) {
    this.challenge = challenge;
    heard = now;
    unheardSince = now;
    answered = now - 1_000_000_000L;
  }

  /** Takes in a heartbeat of the believed incarnation. */
  void take(Heartbeat beat, long now) {
    sequence = beat.sequence();
    heard = now;
    phase = beat.phase();
    echo = beat.challenge();
    links = beat.links();
    hears = beat.hears();
    hearsAll = beat.hearsAll();
    if (parts != beat.claimsParts()) {
      parts = beat.claimsParts();
      claims.clear();
    }
    claims.put(beat.claimsPart(), beat.claims());
  }

  /** Believes in another incarnation, of which nothing is known yet. */
  void become(Heartbeat beat, long nextChallenge, long now) {
    believed = true;
    incarnation = beat.incarnation();
    challenge = nextChallenge;
    claims.clear();
    unheardSince = now;
  }

  void forgetClaims() {
    claims.clear();
  }

  Set<Long> claims() {
    Set<Long> all = new HashSet<>();
    claims.values().forEach(all::addAll);
    return all;
  }
}
