package dev.ballast.xds;

/**
 * A resource that a client rejected.
 *
 * @param message the client's words
 */
public record Rejection(EncodedResource resource, String message) {}
