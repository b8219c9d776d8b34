package dev.ballast.queues;

/** How often a thread looks again before it does without what another is about to do. */
final class Spins {
  /** About as long as a cache line needs to come over, twice. */
  static final int DEFAULT = 32;

  private Spins() {}
}
