package dev.ballast.loadbalancer.bfd;

/**
 * How a session is, and what it has seen.
 *
 * @param ups how often it came up
 * @param downs how often it went down
 */
public record BfdStanding(
    BfdState state,
    Diagnostic diagnostic,
    long sent,
    long received,
    long dropped,
    long ups,
    long downs) {}
