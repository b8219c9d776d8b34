package dev.ballast.objects;

/** An object and where it was read. */
public record Stored(KubernetesObject object, Origin origin) {}
